import { object } from '../../lib/json.ts'
import type { Change, Refusal, Trigger } from '../../model/resource.ts'
import { meaning } from './boot/unit-file-states.ts'
import { isRunning, type ServiceState } from './service-look.ts'
import type { ServiceProps } from './service-properties.ts'
import { UNIT_DIR } from './unit-name.ts'

/** A warning if a boot will not do what the recipe wants, and the unit file cannot be enabled or disabled. */
function bootRemark(
  { enabled, masked }: ServiceProps,
  { file, wantedBy, triggeredBy }: ServiceState,
): string | undefined {
  const starters = [...wantedBy, ...triggeredBy]
  if (enabled && file === 'transient') return 'a boot does not bring it back: its unit is transient'
  if (enabled && meaning(file).boot === 'others' && starters.length === 0) {
    const why =
      file === 'indirect' ? "its unit's [Install] section names only others" : 'its unit has no [Install] section'
    return `a boot does not start it: ${why} (systemd calls it ${file}), and no other unit wants it`
  }
  if (!enabled && !masked && meaning(file).boot === 'others' && wantedBy.length > 0) {
    return `a boot starts it all the same: ${wantedBy.join(' and ')} ${wantedBy.length === 1 ? 'wants' : 'want'} it; only masked: true keeps it down`
  }
  return undefined
}

/** The text of a unit that the same run writes, and of its drop-ins, if the service lists them. */
function ownText({ restartOn }: ServiceProps, unit: string): string | undefined {
  const texts = restartOn
    .filter(({ type, name }) => type.name === 'unit' && (name === unit || name.startsWith(`${unit}.d/`)))
    .map(({ props }) => object(object(props).content).word)
  return texts.length === 0 || texts.some((text) => typeof text !== 'string') ? undefined : texts.join('\n')
}

/** Does a unit's text have an [Install] section that names a target or alias? */
const INSTALLS = /^\s*(WantedBy|RequiredBy|UpheldBy|Alias)\s*=\s*\S/m

/** The changes for a unit that does not exist yet. */
function made(wanted: ServiceProps): readonly Change[] {
  if (wanted.masked) return [{ action: 'create', attribute: 'masked', to: 'masked' }]
  const own = wanted.restartOn.find(({ type, name }) => type.name === 'unit' && !name.includes('/'))?.name
  const text = own === undefined ? undefined : ownText(wanted, own)
  const boots = text === undefined || INSTALLS.test(text)
  const running: Change = { action: 'create', attribute: 'running', to: 'running' }
  const lacks = /^\s*Also\s*=\s*\S/m.test(text ?? '')
    ? 'names only others in its [Install] section'
    : 'has no [Install] section'
  const but = `but a boot does not start it: ${own} ${lacks}`
  return [
    ...(wanted.enabled && boots ? [{ action: 'create', attribute: 'enabled', to: 'enabled' } as const] : []),
    ...(wanted.running ? [wanted.enabled && !boots ? { ...running, text: but } : running] : []),
  ]
}

/** An administrator's own unit file lies where the mask would have to be. */
const unmaskable = (path: string): Refusal => ({
  refusal: 'unit-in-the-way',
  reason: `It cannot be masked: its own file ${path} is where the mask would go.`,
  remedy: "Write ensure: 'absent' instead, or remove that unit.",
  changes: [],
  final: true,
})

/** What differs. */
export function serviceDiff(
  wanted: ServiceProps,
  is: ServiceState | 'absent',
  triggers: readonly Trigger[],
): readonly Change[] | Refusal {
  if (is === 'absent') return []
  if (is.load === 'not-found' && !isRunning(is))
    return wanted.running ? made(wanted) : [...made(wanted), ...forgotten(is)]
  const masked = is.file.startsWith('masked')
  if (wanted.masked && !masked && is.path?.startsWith(`${UNIT_DIR}/`)) return unmaskable(is.path)
  const changes: Change[] = []
  const change = (attribute: string, from: string, to: string) =>
    changes.push({ action: 'update', attribute, from, to })
  if (wanted.masked && is.file !== 'masked') change('masked', is.file || 'disabled', 'masked')
  if (!wanted.masked && masked) {
    const also = wanted.enabled ? { text: 'enabled' } : {}
    changes.push({ action: 'update', attribute: 'masked', from: 'masked', to: 'unmasked', ...also })
  }
  if (wanted.enabled && !masked && meaning(is.file).enable) change('enabled', is.file || 'disabled', 'enabled')
  if (!wanted.enabled && !wanted.masked && meaning(is.file).disable) change('enabled', is.file, 'disabled')
  changes.push(...runningChanges(wanted, is, triggers))
  const remark = changes.length === 0 || masked ? undefined : bootRemark(wanted, is)
  const last = changes.pop()
  return last === undefined
    ? []
    : [...changes, remark === undefined ? last : { ...last, text: [last.text, remark].filter(Boolean).join('; ') }]
}

/**
 * What no longer runs, and is not to, owes nothing, and has not failed: monitoring looks at what systemd lists as
 * failed. The failure of a timer's job stays.
 */
const forgotten = ({ owed, active, triggeredBy }: ServiceState): readonly Change[] => [
  ...(owed === undefined ? [] : [{ action: 'remove', attribute: 'owed', from: owed, text: 'forgotten' } as const]),
  ...(active !== 'failed' || triggeredBy.length > 0
    ? []
    : [{ action: 'update', attribute: 'failed', from: 'failed', to: 'stopped' } as const]),
]

function runningChanges(wanted: ServiceProps, is: ServiceState, triggers: readonly Trigger[]): readonly Change[] {
  const failing = is.sub === 'auto-restart'
  const running = isRunning(is) || failing
  if (!wanted.running) {
    if (!running) return forgotten(is)
    const text = failing ? { text: 'it keeps failing' } : {}
    return [{ action: 'remove', attribute: 'running', from: 'running', to: 'stopped', ...text }]
  }
  if (isRunning(is)) return restartChanges(is, triggers)
  const skipped = is.conditionFailed ? { text: 'its last start was skipped: a condition of the unit failed' } : {}
  const from = failing ? 'failing again and again' : is.active
  return [{ action: 'update', attribute: 'running', from, to: 'running', ...skipped }]
}

/** A unit that cannot reload is restarted. */
function restartChanges(is: ServiceState, triggers: readonly Trigger[]): readonly Change[] {
  for (const kind of ['restart', 'reload'] as const) {
    const inputs = triggers.filter((trigger) => trigger.kind === kind).map(({ resource }) => resource)
    if (inputs.length === 0 && is.owed !== kind) continue
    const action = is.canReload ? kind : 'restart'
    const why =
      inputs.length === 0
        ? 'owed since an earlier run'
        : `${inputs.join(', ')} ${inputs.length === 1 ? 'changes' : 'change'}`
    return [{ action, text: `${action}: ${why}${action === kind ? '' : '; its unit cannot reload'}` }]
  }
  return []
}

/** How many restarts by systemd within how many seconds make a service unstable. */
const FLAPS = { restarts: 2, seconds: 60 }

/** Warnings about a service that is in sync. */
export function serviceRemark(wanted: ServiceProps, is: ServiceState | 'absent'): string | undefined {
  if (is === 'absent' || is.load === 'not-found') return undefined
  const remarks: (string | undefined)[] = [bootRemark(wanted, is)]
  if (wanted.running && isRunning(is)) {
    const { restarts, upFor, older } = is
    if (restarts >= FLAPS.restarts && upFor < FLAPS.seconds) {
      remarks.push(
        `it does not stay up: systemd has restarted it ${restarts} times, the last time ${Math.round(upFor)} s ago; journalctl says why`,
      )
    }
    if (older.length > 0) {
      const were = older.length === 1 ? 'was' : 'were'
      remarks.push(
        `it runs since before ${older.join(' and ')} ${were} last written, and not by this program: restart it when that suits`,
      )
    }
  }
  return remarks.filter((remark) => remark !== undefined).join('; ') || undefined
}
