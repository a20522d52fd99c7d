import type { HostResult } from '../../engine/events.ts'
import { grouped } from '../../lib/grouped.ts'
import { brief } from '../../lib/message.ts'
import { count, list } from '../../lib/units.ts'
import { changeText, type Plan, type Step } from '../../model/plan.ts'
import type { Change } from '../../model/resource.ts'
import { isWell, outcomeStyle, outcomeWord, paint, type Style } from '../terminal/paint.ts'
import { clean, fit, type Look, pad, width, wrap } from '../terminal/text.ts'
import { beside, hanging, inSyncLine, MEASURE, nameColumn, totals, troubles } from './recap.ts'

/** How much of a plan is shown. */
export interface PlanOptions {
  /** Show the content of new files too. */
  readonly diff?: boolean
}

type Action = Change['action']

const SYMBOLS: Readonly<Record<Action, string>> = { create: '+', update: '~', remove: '-', restart: '↻', reload: '⟳' }
const ASCII: Readonly<Record<Action, string>> = { ...SYMBOLS, restart: 'R', reload: 'r' }
const STYLES: Readonly<Record<Action, Style>> = {
  create: 'green',
  update: 'yellow',
  remove: 'red',
  restart: 'cyan',
  reload: 'cyan',
}

const symbol = (action: Action, look: Look): string =>
  paint(STYLES[action], (look.unicode ? SYMBOLS : ASCII)[action], look)

/** Styles by the first character of a diff's line. */
const DIFF_STYLES: Readonly<Record<string, Style>> = { '+': 'green', '-': 'red', '@': 'cyan' }

/** How many lines of a terminal one line of a diff may take. */
const LINE_MOST = 10

const diffLines = (change: Change, look: Look): string[] =>
  (change.diff ?? '')
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      const [mark, rest] = [line.slice(0, 1), line.slice(1)]
      return `      ${paint(DIFF_STYLES[mark], fit(clean(mark, look) + clean(rest, look), look.columns * LINE_MOST, look), look)}`
    })

interface Columns {
  readonly type: number
  readonly name: number
}

/**
 * Widths for a whole screen: of the types, and of names up to 40 (a longer name moves the rest to a line of its own).
 */
function columnsFor(plans: readonly Plan[], look: Look): Columns {
  const steps = plans.flatMap((plan) => plan.steps)
  const limit = look.columns < 100 ? 32 : 44
  return {
    type: Math.max(0, ...steps.map((step) => width(step.type))),
    name: Math.max(0, ...steps.map((step) => width(clean(step.name, look))).filter((w) => w <= limit)),
  }
}

const briefly = (change: Change): string => brief(changeText(change))

/** The text of each change; the properties of a new resource share one line. */
function sayings(changes: readonly Change[]): readonly { readonly action: Action; readonly said: string }[] {
  const created = changes.filter(({ action }) => action === 'create').map(briefly)
  const others = changes
    .filter(({ action }) => action !== 'create')
    .map((change) => ({ action: change.action, said: briefly(change) }))
  return created.length === 0 ? others : [{ action: 'create', said: created.join(', ') }, ...others]
}

function stepLines(step: Step, columns: Columns, look: Look, options: PlanOptions): string[] {
  const name = clean(brief(step.name), look)
  const column = 4 + columns.type + 2 + columns.name + 2
  // on a narrow terminal, the text stands below the name
  const narrow = look.columns - column < 20
  const indent = narrow ? 6 : column
  const room = Math.min(look.columns, MEASURE + 40) - indent
  const changes = step.refusal ? step.refusal.changes : step.changes
  const lines: string[] = []
  sayings(changes).forEach(({ action, said }, i) => {
    const text = said === '' ? [] : wrap(clean(said, look), room)
    const sign = `  ${symbol(action, look)} `
    const first = narrow ? '  ' : ' '.repeat(columns.type + columns.name + 4)
    const lead = `${sign}${i === 0 ? `${pad(step.type, columns.type)}  ${pad(name, columns.name)}  ` : first}`
    const fits = i > 0 || (!narrow && width(name) <= columns.name)
    lines.push(
      ...(fits && text.length > 0
        ? beside(lead, indent, text)
        : [lead.trimEnd(), ...text.map((line) => ' '.repeat(indent) + line)]),
    )
  })
  const shown = changes.filter((change) => change.diff && (change.action !== 'create' || options.diff))
  return [...lines, ...shown.flatMap((change) => diffLines(change, look))]
}

/** The lines of one host's plan, without its name. */
function planLines(plan: Plan, columns: Columns, look: Look, options: PlanOptions): string[] {
  const room = Math.min(look.columns, MEASURE) - 4
  const also =
    plan.alsoInstalls.length > 0
      ? wrap(clean(`also installs ${plan.alsoInstalls.join(', ')}`, look), room).map((line) =>
          paint('dim', `    ${line}`, look),
        )
      : []
  const warnings = plan.warnings.flatMap((text) =>
    beside(`  ${paint('yellow', '!', look)} `, 4, wrap(clean(text, look), room)),
  )
  return [...plan.steps.flatMap((step) => stepLines(step, columns, look, options)), ...also, ...warnings]
}

/** The plan of one host, as `apply --diff` shows it before applying it. */
export function hostPlan(plan: Plan, look: Look, options: PlanOptions = {}): string[] {
  return [paint('bold', clean(plan.host, look), look), ...planLines(plan, columnsFor([plan], look), look, options)]
}

/** Groups hosts with equal plans, in the order of the first of each. */
function alike(results: readonly HostResult[]): readonly (readonly HostResult[])[] {
  const read = (r: HostResult): string =>
    JSON.stringify([r.plan?.steps, r.plan?.alsoInstalls, r.plan?.warnings], (k, v) =>
      k === 'fingerprint' ? undefined : v,
    )
  return [...grouped(results, read).values()]
}

function heading(group: readonly HostResult[], look: Look): string[] {
  const names = group.map((r) => clean(r.host, look))
  const [name = '', ...others] = names
  if (others.length === 0) return [paint('bold', name, look)]
  return wrap(`${list(names)} (${count(names.length, 'host')} alike)`, Math.min(look.columns, MEASURE)).map((line) =>
    paint('bold', line, look),
  )
}

/** Steps that say themselves what becomes of the services on their host. */
const WHOLE = new Set(['member', 'reboot', 'retired', 'upgrades'])

/** `zk-1 and zk-2 would be restarted in turns (zookeeper).` */
function rollsLines(results: readonly HostResult[], look: Look): string[] {
  const rolled = results.filter((r) => (r.plan?.rolls.length ?? 0) > 0)
  const names = (of: readonly HostResult[]) => list(of.map((r) => clean(r.host, look)))
  const [whole = [], parts = []] = [true, false].map((is) =>
    rolled.filter((r) => r.plan?.steps.some(({ type }) => WHOLE.has(type)) === is),
  )
  const recipes = [...new Set(parts.flatMap((r) => r.plan?.rolls ?? []))]
  return [
    ...(whole.length > 1 ? [`${names(whole)} would be changed in turns.`] : []),
    ...recipes.map((recipe) => {
      const some = parts.filter((r) => r.plan?.rolls.includes(recipe))
      return `${names(some)} would be restarted in ${some.length === 1 ? 'its turn' : 'turns'} (${recipe}).`
    }),
  ]
}

/** Lines for hosts without steps to show: those in sync (many share a line), and those with problems. */
function otherLines(results: readonly HostResult[], look: Look): string[] {
  const names = nameColumn(
    results.map((r) => r.host),
    look,
  )
  const words = Math.max(0, ...results.map((r) => outcomeWord(r.outcome).length))
  const inSync = results.filter((r) => isWell(r.outcome))
  const troubleOf = troubles(look)
  const one = (r: HostResult): readonly string[] => {
    const word = outcomeWord(r.outcome)
    const first = `${pad(fit(clean(r.host, look), names, look), names)}  ${paint(outcomeStyle[r.outcome], word, look)}`
    if (isWell(r.outcome)) return [first]
    return hanging(`${first}${' '.repeat(words - word.length + 2)}`, names + words + 4, look, (room) =>
      troubleOf(r, room),
    )
  }
  const many =
    inSync.length > 5
      ? wrap(`${inSync.map((r) => clean(r.host, look)).join(', ')} in sync`, Math.min(look.columns, MEASURE))
      : inSync.flatMap(one)
  return [...many, ...results.filter((r) => !isWell(r.outcome)).flatMap(one)]
}

/**
 * The text of a plan: each host's steps with symbols and diffs; the hosts that are in sync, refused or unreachable; and
 * a summary. If everything is in sync, it is one line. Pure.
 */
export function planText(results: readonly HostResult[], ms: number, look: Look, options: PlanOptions = {}): string[] {
  const noted = (r: HostResult): boolean => (r.plan?.warnings.length ?? 0) > 0
  const told = results.filter((r) => isWell(r.outcome) && ((r.plan?.steps.length ?? 0) > 0 || noted(r)))
  const others = results.filter((r) => !told.includes(r))
  const allWell = results.length > 0 && results.every((r) => r.outcome === 'in-sync')
  const columns = columnsFor(
    told.flatMap((r) => r.plan ?? []),
    look,
  )
  const hosts = alike(told).flatMap((group) => [
    ...heading(group, look),
    ...group.slice(0, 1).flatMap(({ plan }) => (plan ? planLines(plan, columns, look, options) : [])),
  ])
  if (allWell) return [...hosts, inSyncLine(results, ms, look)]

  const planned = results.filter((r) => r.outcome === 'planned')
  const steps = planned.reduce((sum, r) => sum + r.steps, 0)
  const rest = totals(results.filter((r) => r.outcome !== 'planned'))
  const summary = [
    ...(steps > 0 ? [`${count(steps, 'step')} on ${count(planned.length, 'host')}`] : []),
    ...(rest === '' ? [] : [rest]),
  ].join(', ')
  const last = wrap([`${summary}.`, ...rollsLines(planned, look)].join(' '), Math.min(look.columns, MEASURE))
  return [...hosts, ...otherLines(others, look), '', ...last]
}
