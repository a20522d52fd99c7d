import * as v from 'valibot'
import { type Cluster, filesystem, type Host, type Mistake, mount, pkg, type Resource } from '../../src/index.ts'
import { pathOf, varsOf } from './host.ts'

/** A disk: its number among the host's `cloud.volumes`, or its name. */
export type Volume = number | string

/** A variable that selects a disk. */
export const volume = (what: string) =>
  v.optional(
    v.pipe(
      v.union([
        v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(21)),
        v.pipe(
          v.string(),
          v.regex(/^(vol-[0-9a-f]+|\/dev\/.+)$/, 'an id like vol-0123456789abcdef0, or a path below /dev'),
        ),
      ]),
      v.description(
        `${what}: 1 for the first of the host's \`cloud.volumes\`, 2 for the second, or an id \`vol-…\`, or a path below /dev/disk/by-id. If the disk is empty, a file system (ext4) is made on it. Data that is already in the directory is never moved. Default: no disk of its own.`,
      ),
    ),
  )

/** A directory, and its disk. */
export interface OnVolume {
  readonly volume: Volume | undefined
  readonly path: string
  /** The file system's label. */
  readonly label: string
}

/** The name of a disk. @throws Error if the disk is unknown */
function diskOf({ volumes = [] }: Host, wanted: Volume): string {
  const name = typeof wanted === 'number' ? volumes[wanted - 1] : wanted
  if (name) return name
  throw new Error(`the instance has no volume ${wanted} in the file of instances: provision refresh asks the cloud`)
}

/** Mounts the file system of a directory's disk; nothing if the directory has no disk of its own. */
export const onVolume = (host: Host, { volume: disk, path, label }: OnVolume): readonly Resource[] =>
  disk === undefined
    ? []
    : [
        pkg('e2fsprogs', {}),
        filesystem(diskOf(host, disk), { type: 'ext4', label }),
        mount(path, { device: `LABEL=${label}`, type: 'ext4', existing: 'refuse' }),
      ]

/** Numbers of volumes that a host does not have. Pure; variables may be wrong. */
export const volumeMistakes = (cluster: Cluster, recipe: string, variables: readonly string[]): readonly Mistake[] =>
  cluster.withRecipe(recipe).flatMap((host) =>
    variables.flatMap((variable): readonly Mistake[] => {
      const number = varsOf<Readonly<Record<string, unknown>>>(host, recipe)[variable]
      const has = host.cloud?.volumes.length ?? 0
      if (typeof number !== 'number' || number <= has) return []
      const message =
        host.cloud === undefined
          ? 'is the number of a volume, which only hosts of the cloud have: write the id of the volume, or its path'
          : `is ${number}, and "cloud" gives the host ${has === 0 ? 'no "volumes"' : `${has} of "volumes" only`}`
      return [{ path: pathOf(host, recipe, variable), message }]
    }),
  )
