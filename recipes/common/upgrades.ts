import type { Refusal, Step } from '../../src/index.ts'

/** How far a component may be upgraded in one step, according to its upgrade guide. */
interface Rule {
  /** Its name in sentences. */
  readonly title: string
  /** How many minor versions one upgrade may cross. */
  readonly most: number
  /** Why not more. */
  readonly far: string
  /** Why it must not go back to an older minor version. */
  readonly back: string
  /**
   * The last minor version of each major version, after which comes the first of the next. Without it, no upgrade
   * crosses a major version.
   */
  readonly last?: Readonly<Record<number, number>>
  /** A version that every upgrade to a later minor version must go through. */
  readonly by?: string
  /** What to do beforehand. */
  readonly first: string
  /** Which members must be upgraded before others. */
  readonly order?: string
}

const BACKUP = 'save its state first (provision backup DIR)'
const OLD = 'an older version does not read what a newer one has written'

/**
 * The rules of all components, from their own guides. They do not define the order of members: roles follow each other
 * (Consul servers before clients, Mesos masters before agents), and a quorum's leader is last.
 */
export const RULES = {
  // developer.hashicorp.com/consul/docs/upgrade
  consul: {
    title: 'Consul',
    most: 2,
    far: 'Consul promises to read the data of 2',
    back: OLD,
    last: { 1: 22 },
    first: BACKUP,
    order: 'servers are upgraded before clients',
  },
  // cwiki.apache.org/confluence/display/ZOOKEEPER/Upgrade+FAQ
  zookeeper: {
    title: 'ZooKeeper',
    most: Number.POSITIVE_INFINITY,
    far: '',
    back: OLD,
    by: '3.4.6',
    first: BACKUP,
  },
  // mesos.apache.org/documentation/latest/upgrades
  mesos: {
    title: 'Mesos',
    most: 1,
    far: 'masters and agents understand each other across 1',
    back: 'the registry and the checkpoints of a newer version may hold what an older one does not know',
    first: 'let all tasks be healthy first',
    order: 'masters are upgraded before agents',
  },
} as const satisfies Readonly<Record<string, Rule>>

/** The numbers in a version: 1, 21 and 0 of `1.21.0-1`. */
const partsOf = (version: string): readonly number[] =>
  version
    .replace(/^\d+:/, '')
    .split('.')
    .map((part) => Number.parseInt(part, 10) || 0)

/** A minor version's position in the order of all minor versions; undefined if unknown. */
function place({ last = {} }: Rule, version: string, from: string): number | undefined {
  const [[major = 0, minor = 0], [base = 0]] = [partsOf(version), partsOf(from)]
  let before = 0
  for (let each = Math.min(base, major); each < major; each++) {
    const end = last[each]
    if (end === undefined) return undefined
    before += end + 1
  }
  return before + minor
}

/** The intermediate minor versions of an upgrade that must not be done at once: `1.17` and `1.19`. */
function between(rule: Rule, from: string, far: number): readonly string[] {
  const [major = 0, minor = 0] = partsOf(from)
  const versions: string[] = []
  for (let crossed = rule.most; crossed < far; crossed += rule.most) {
    const end = rule.last?.[major] ?? Number.POSITIVE_INFINITY
    const to = minor + crossed
    versions.push(to <= end ? `${major}.${to}` : `${major + 1}.${to - end - 1}`)
  }
  return versions
}

const list = (all: readonly string[]): string => all.join(', ').replace(/, ([^,]*)$/, ' and $1')

/** Why a component must not go directly from one version to another, and what to do; undefined if it may. Pure. */
export function forbidden(
  rule: Rule,
  from: string,
  to: string,
): { readonly reason: string; readonly remedy: string } | undefined {
  const says = (why: string, remedy: string) => ({ reason: `From ${from} to ${to}: ${why}.`, remedy })
  const [was = 0, wants = 0] = [place(rule, from, to), place(rule, to, from)]
  if (
    partsOf(to)[0] !== partsOf(from)[0] &&
    (place(rule, from, to) === undefined || place(rule, to, from) === undefined)
  )
    return says(`nobody has promised that ${rule.title} goes from one to the other`, 'Read its guide; then allow it.')
  if (wants < was)
    return says(
      rule.back,
      `Stay at ${from}. To go back in spite of it, ${rule.first.replace(' first', '')}, and allow it.`,
    )
  const crosses = wants - was
  if (rule.by !== undefined && crosses > 0 && isBefore(from, rule.by))
    return says(`only ${rule.by} and later can be upgraded`, `Go to ${rule.by} first.`)
  if (crosses <= rule.most) return undefined
  return says(
    `it crosses ${crosses} minor versions, and ${rule.far}`,
    `Go by ${list(between(rule, from, crosses))}, each with all its members; ${rule.first}.`,
  )
}

/** Is a version older than another, in any of its numbers? */
function isBefore(version: string, than: string): boolean {
  const [a, b] = [partsOf(version), partsOf(than)]
  const at = [0, 1, 2].find((i) => (a[i] ?? 0) !== (b[i] ?? 0))
  return at !== undefined && (a[at] ?? 0) < (b[at] ?? 0)
}

/** Refuses an upgrade if its versions are known and the rule forbids it. */
export function refuseUpgrade(
  rule: Rule,
  refusal: string,
  versions: { readonly from: string; readonly to: string } | undefined,
): readonly Refusal[] {
  const found = versions && forbidden(rule, versions.from, versions.to)
  return found === undefined ? [] : [{ refusal, ...found, changes: [] }]
}

/** A running daemon and its version. */
export interface Running {
  readonly name: string
  readonly version: string
}

/** Is a minor version older than another's, whatever the patch? */
export const isOlderMinor = (version: string, than: string): boolean =>
  isBefore(partsOf(version).slice(0, 2).join('.'), partsOf(than).slice(0, 2).join('.'))

/**
 * Refuses a version with a newer minor version than components that must be upgraded first. Upgrades of those in the
 * same run come first.
 */
export function refuseAhead(
  rule: Rule,
  refusal: string,
  to: string | undefined,
  first: readonly Running[],
): readonly Refusal[] {
  const behind = first.filter(({ version }) => version !== '' && to !== undefined && isOlderMinor(version, to))
  const [one] = behind
  if (one === undefined) return []
  const endedBy = behind.map(({ name }) => name)
  return [
    {
      refusal,
      reason: `${list(endedBy)} ${endedBy.length === 1 ? 'runs' : 'run'} ${rule.title} ${one.version}, and here it would be ${to}: ${rule.order}.`,
      remedy: `Run provision over all hosts, or over ${list(endedBy)} first.`,
      changes: [],
      endedBy,
    },
  ]
}

/** Refuses a version that would be too far ahead of components that are upgraded afterwards. */
export function refuseTooFarAhead(
  rule: Rule,
  refusal: string,
  to: string | undefined,
  after: readonly Running[],
): readonly Refusal[] {
  if (to === undefined) return []
  const left = after.filter(({ version }) => {
    const [is, wants] = [place(rule, version, to), place(rule, to, version)]
    return version !== '' && is !== undefined && wants !== undefined && wants - is > rule.most
  })
  const [one] = left
  if (one === undefined) return []
  const names = list(left.map(({ name }) => name))
  return [
    {
      refusal,
      reason: `${names} ${left.length === 1 ? 'runs' : 'run'} ${rule.title} ${one.version}, and here it would be ${to}: ${rule.far}.`,
      remedy: `Upgrade ${names} first, to the version that runs here.`,
      changes: [],
    },
  ]
}

/** A package's version before and after the steps. */
export function packageVersions(
  steps: readonly Step[],
  isIts: (name: string) => boolean,
): { readonly from: string; readonly to: string } | undefined {
  for (const { type, name, changes } of steps) {
    if (type !== 'package' || !isIts(name)) continue
    const { from, to } = changes.find(({ attribute }) => attribute === 'version') ?? {}
    if (from !== undefined && to !== undefined && to !== '') return { from, to: to.replace('*', '') }
  }
  return undefined
}
