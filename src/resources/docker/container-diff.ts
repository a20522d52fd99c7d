import type { Change, Fields, Trigger } from '../../model/resource.ts'
import { reveal } from '../../shell/secret.ts'
import type { ContainerProps } from './container-properties.ts'

/** What Docker says of a container. */
export interface Inspected {
  readonly image: string
  readonly id: string
  readonly status: string
  readonly restart: string
  readonly command: readonly string[] | null
  readonly user: string
  readonly network: string
  readonly ports: Readonly<
    Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
  > | null
  readonly volumes: readonly string[] | null
  readonly env: string
  readonly all: string
}

/** A container's observed state; `asleep`: Docker does not run, so the state is unknown. */
export type ContainerState =
  | 'asleep'
  | {
      readonly is?: Inspected
      /** The ID of the image that the wanted name points to now. */
      readonly named?: string
      /** A killed run has left something behind. */
      readonly left: boolean
      readonly owed: boolean
    }

/** The labels in which a container records what it was made from. */
export const LABELS = { env: 'provision.env', all: 'provision.container' } as const

const json = (path: string): string => `{{json ${path}}}`

/** The format that prints one line per container: its name and a JSON object. */
export const CONTAINER_FORMAT = `{{.Name}}\t{${Object.entries({
  image: json('.Config.Image'),
  id: json('.Image'),
  status: json('.State.Status'),
  restart: json('.HostConfig.RestartPolicy.Name'),
  command: json('.Config.Cmd'),
  user: json('.Config.User'),
  network: json('.HostConfig.NetworkMode'),
  ports: json('.HostConfig.PortBindings'),
  volumes: json('.HostConfig.Binds'),
  env: json(`(index .Config.Labels "${LABELS.env}")`),
  all: json(`(index .Config.Labels "${LABELS.all}")`),
})
  .map(([key, value]) => `"${key}":${value}`)
  .join()}}`

/** Parses the lines of the probe. */
export function parseContainer(records: readonly Fields[]): ContainerState | 'absent' {
  const of = (word: string): Fields | undefined => records.find(([first]) => first === word)
  if (of('asleep') !== undefined) return 'asleep'
  const text = of('container')?.slice(1).join('\t')
  const left = of('left') !== undefined
  const owed = records.some(([word]) => word?.startsWith('owed='))
  if (text === undefined && !left && !owed) return 'absent'
  const named = of('image')?.[1]
  return {
    ...(text === undefined ? {} : { is: JSON.parse(text) as Inspected }),
    ...(named === undefined ? {} : { named }),
    left,
    owed,
  }
}

/** Ports in the notation of recipes. */
const portsOf = (ports: Inspected['ports']): readonly string[] =>
  Object.entries(ports ?? {})
    .flatMap(([inside, outside]) =>
      (outside ?? []).map(({ HostIp: ip, HostPort: port }) => [ip, port, inside.replace(/\/tcp$/, '')] as const),
    )
    .map(([ip, ...rest]) =>
      [...(/^(0\.0\.0\.0|::)?$/.test(ip) ? [] : [ip.includes(':') ? `[${ip}]` : ip]), ...rest].join(':'),
    )

const written = (port: string): string => port.replace(/^0\.0\.0\.0:/, '').replace(/\/tcp$/, '')
const list = (items: readonly string[]): string => items.toSorted().join(', ') || 'none'
const short = (id: string): string => id.slice(0, 19)
const network = (name: string): string => (name === 'default' ? 'bridge' : name)

/** Differences for which the container must be replaced. */
function remade(wanted: ContainerProps, is: Inspected, named: string | undefined): readonly Change[] {
  const pairs: readonly (readonly [attribute: string, from: string, to: string | undefined])[] = [
    ['image', is.image, wanted.image],
    ['ports', list(portsOf(is.ports)), list(wanted.ports.map(written))],
    ['volumes', list(is.volumes ?? []), list(wanted.volumes)],
    ['network', network(is.network), wanted.network],
    ['command', (is.command ?? []).join(' '), wanted.command?.join(' ')],
    ['user', is.user || 'root', wanted.user],
  ]
  const changes: Change[] = pairs.flatMap(([attribute, from, to]) =>
    to === undefined || from === to ? [] : [{ action: 'update', attribute, from, to }],
  )
  if (is.image === wanted.image && named !== undefined && named !== is.id)
    changes.push({ action: 'update', attribute: 'image', from: short(is.id), to: short(named) })
  if (is.env !== reveal(wanted.sums.env)) changes.push({ action: 'update', attribute: 'env', text: 'differs' })
  if (changes.length === 0 && is.all !== reveal(wanted.sums.all))
    changes.push({ action: 'update', attribute: 'settings', text: 'differ' })
  return changes
}

/** What differs. */
export function containerDiff(
  wanted: ContainerProps,
  state: ContainerState | 'absent',
  triggers: readonly Trigger[],
): readonly Change[] {
  const fingerprint = reveal(wanted.sums.all)
  const gone = wanted.ensure === 'absent'
  const asleep = { text: 'if it is not so: Docker does not run' }
  if (state === 'asleep')
    return gone
      ? [{ action: 'remove', text: 'if it is there: Docker does not run' }]
      : [{ action: 'create', attribute: 'image', to: wanted.image, fingerprint, ...asleep }]
  if (state === 'absent') return gone ? [] : [{ action: 'create', attribute: 'image', to: wanted.image, fingerprint }]
  const { is, left } = state
  const leftover: Change[] = left ? [{ action: 'remove', text: 'what a run that was killed has left' }] : []
  if (gone && is !== undefined) return [{ action: 'remove', attribute: 'image', from: is.image }]
  if (gone)
    return state.owed
      ? [...leftover, { action: 'remove', attribute: 'owed', from: 'restart', text: 'forgotten' }]
      : leftover
  if (is === undefined) return [...leftover, { action: 'create', attribute: 'image', to: wanted.image, fingerprint }]
  const remake = remade(wanted, is, state.named)
  if (remake.length > 0)
    return [
      ...remake.map((change) => ({ ...change, fingerprint })),
      { action: 'restart', text: 'another container takes its place' },
    ]
  const changes = [...leftover]
  if (is.restart !== wanted.restart && !(is.restart === '' && wanted.restart === 'no'))
    changes.push({ action: 'update', attribute: 'restart', from: is.restart || 'no', to: wanted.restart })
  if (is.status !== 'running')
    return [...changes, { action: 'update', attribute: 'running', from: is.status, to: 'running' }]
  if (triggers.length === 0 && !state.owed) return changes
  const why = triggers.map(({ resource }) => resource).join(', ')
  return [
    ...changes,
    { action: 'restart', text: why === '' ? 'restart: owed since an earlier run' : `restart: ${why} changes` },
  ]
}
