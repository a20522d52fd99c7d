import type { LimitFunction } from 'p-limit'
import { SandboxError } from '../exec.ts'
import { shell } from '../host/boot.ts'
import { hostCgroup, type Place } from '../host/host.ts'
import type { SandboxHost, SandboxOptions } from '../sandbox.ts'
import { type BoxRecord, boxPaths, foldersIn, type HostRecord, hostPaths, paths, readRecord } from '../state.ts'

/** One sandbox: where its files are, and how many hosts to work on at once. */
export interface Ground {
  /** The folder of all sandboxes' state. */
  readonly state: string
  readonly name: string
  readonly parallel: LimitFunction
  readonly network: number | undefined
  readonly onProgress: NonNullable<SandboxOptions['onProgress']>
}

/** Paths of everything that this sandbox owns. */
export const boxOf = ({ state, name }: Ground) => boxPaths(state, name)

/** The place for its hosts. @throws SandboxError if it was never made */
export function placeOf({ state, name }: Ground): Place {
  const found = readRecord<BoxRecord>(boxPaths(state, name).record)
  if (!found) throw new SandboxError(`there is no sandbox "${name}": make it with provision sandbox up`)
  return { state, box: name, net: found.net }
}

/** The records of its hosts. */
export const recordsOf = ({ state, name }: Ground): HostRecord[] =>
  foldersIn(boxPaths(state, name).hosts).flatMap(
    (host) => readRecord<HostRecord>(hostPaths(state, name, host, false).record) ?? [],
  )

/** One of its hosts. @throws SandboxError if there is none of that name */
export function findHost(ground: Ground, host: string): HostRecord {
  const all = recordsOf(ground)
  const found = all.find((each) => each.name === host)
  if (!found) {
    const known = all.map((each) => each.name).join(', ') || 'none'
    throw new SandboxError(`sandbox "${ground.name}" has no host "${host}"; it has ${known}`)
  }
  return found
}

/** Does some work for each item, with limited parallelism. */
export const forAll = <T, R>({ parallel }: Ground, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> =>
  Promise.all(items.map((item) => parallel(() => work(item))))

/** A host in the form that users of a sandbox receive. */
export const shownHost = (ground: Ground, host: HostRecord): SandboxHost => ({
  name: host.name,
  address: host.address,
  hostKey: host.hostKey,
  user: 'admin',
  identityFile: paths(ground.state).identity,
  release: host.release,
  sh: async (command, input) => shell(hostCgroup(placeOf(ground), host), host.name, command, input),
})
