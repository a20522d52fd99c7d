import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { locked } from '../../src/sandbox/lock.ts'
import { readRecord, stateDir, writeRecord } from '../../src/sandbox/state.ts'
import type { Builder } from './parts/builder.ts'
import { sha256Of } from './parts/docker-archive.ts'
import { given, isGiven, type Part } from './parts/given.ts'
import { goModule } from './parts/go.ts'
import { marathonImage } from './parts/marathon.ts'
import { realMarathon } from './parts/marathon-real.ts'
import { mesosPackage } from './parts/mesos.ts'
import { railsImage } from './parts/rails.ts'
import { answers, FETCHING, fetching, hashicorp, inputsOf, type Release } from './parts/release.ts'

/**
 * Test dependencies that no Debian package provides; each machine makes them once and keeps them with the sandbox's
 * images.
 */
const BUILDERS = {
  consul: goModule('consul', 'github.com/hashicorp/consul', 240),
  'consul-template': goModule('consul-template', 'github.com/hashicorp/consul-template', 25),
  marathon: marathonImage,
  mesos: mesosPackage,
  rails: railsImage,
} satisfies Record<string, Builder>

/** The name of a part. */
export type PartName = keyof typeof BUILDERS

const released = (name: 'consul' | 'consul-template', sums: Readonly<Record<string, string>>): Release | undefined =>
  hashicorp(name, BUILDERS[name].version, sums)
/** Published releases: HashiCorp's zips, which are tried first; if they are unreachable, the parts are built. */
const RELEASES: Readonly<Partial<Record<PartName, Release | undefined>>> = {
  consul: released('consul', {
    amd64: 'e916e30904eedfa7ee2e2a378b5e8a9a374f2f351e645aa4c0a03adc15dabaec',
    arm64: '59d04f948d4b04a1d836e69a441e4c3ffb74b41f710329c9ba0dc99392b6f2d5',
  }),
  'consul-template': released('consul-template', {
    amd64: 'ab68e09642437dcc5b6e9a572a1924d3969e4fe131f50a1a3a4f782d7a21f530',
    arm64: 'b768fc22916b74b90f470e2e784d94fe967b3732bab32ac4040d5fae3f7af95e',
  }),
}
let answered: Promise<boolean> | undefined
/** Can published releases be fetched? Unknown until the first attempt. */
let answering: boolean | undefined
/** Can published releases be fetched from here? Tries once, for at most five seconds. */
export const releasesAnswer = (): Promise<boolean> => {
  const all = Object.values(RELEASES).filter((release) => release !== undefined)
  answered ??= Promise.all(all.map((release) => answers(release))).then((found) => {
    answering = found.length > 0 && found.every(Boolean)
    return answering
  })
  return answered
}

const isFetched = (name: PartName): boolean => {
  const release = RELEASES[name]
  return release !== undefined && recordIn(folderOf(name, inputsOf(release), place())) !== undefined
}

/** The builders of a part, in order of preference. */
const waysTo = (name: PartName): readonly Builder[] => {
  const release = RELEASES[name]
  const fetches = release && (answering !== false || isFetched(name))
  return [...(fetches ? [fetching(release, BUILDERS[name].version)] : []), BUILDERS[name]]
}

/** All of them. */
export const PARTS = Object.keys(BUILDERS) as readonly PartName[]

export type { Part }

type Say = (text: string) => void

const place = () => join(stateDir(), 'parts')

/** Why this machine cannot make the part and does not have it, in one sentence. */
export const missingPart = (name: PartName): string | undefined =>
  isGiven(name) || isFetched(name) || (answering && RELEASES[name]) ? undefined : BUILDERS[name].missing()

/**
 * Returns a part: the file that the environment names for it, otherwise one that is made now if necessary (Consul: some
 * minutes).
 * @throws Error if it cannot be made
 */
export const part = async (name: PartName, say?: Say, instead?: Say): Promise<Part> =>
  (await given(name)) ?? standIn(name, say, instead)

/**
 * Returns a part as it is made here, whatever file the environment names: for tests of the stand-ins themselves.
 * @throws Error if it cannot be made
 */
export const standIn = (name: PartName, say?: Say, instead?: Say): Promise<Part> =>
  keepFirst(name, waysTo(name), place(), say, instead)

/**
 * Returns the real Marathon's image, made from a folder and a Mesos package; see {@link realMarathon}. @throws Error if
 * it cannot be made
 */
export const realImage = (folder: string, deb: string): Promise<Part> =>
  keep('marathon-real', realMarathon(folder, deb), place())

/** A part that this machine does not have yet. */
export interface Unmade {
  readonly name: PartName
  /** Roughly how long it takes to make on two cores. */
  readonly seconds: number
  /** Is it fetched from its publisher? */
  readonly fetched: boolean
}

/** The parts that this machine does not have yet. */
export async function unmade(): Promise<readonly Unmade[]> {
  const there = await Promise.all(
    PARTS.map(async (name) => isGiven(name) || (await madeBy(name, waysTo(name), place())) !== undefined),
  )
  const missing = PARTS.filter((_, i) => !there[i])
  const fetches = missing.some((name) => RELEASES[name] !== undefined) && (await releasesAnswer())
  return missing.map((name) => {
    const fetched = fetches && RELEASES[name] !== undefined
    return { name, fetched, seconds: fetched ? FETCHING : BUILDERS[name].seconds }
  })
}

/** A part's folder, which depends on its inputs. */
function folderOf(name: string, inputs: readonly string[], dir: string): string {
  const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16)
  return join(dir, `${name}-${key}`)
}

const recordIn = (folder: string) => readRecord<Omit<Part, 'file'> & { name: string }>(join(folder, 'part.json'))

/** Does it exist already? */
export const isMade = async (name: string, builder: Builder, dir: string): Promise<boolean> =>
  recordIn(folderOf(name, await builder.inputs(), dir)) !== undefined

/** The builder whose result exists already. */
async function madeBy(name: string, ways: readonly Builder[], dir: string): Promise<Builder | undefined> {
  for (const way of ways) if (way.missing() === undefined && (await isMade(name, way, dir))) return way
  return undefined
}

/**
 * Returns a part that one of the builders has made, otherwise tries them one after the other; `instead` gets the reason
 * why one failed.
 * @throws Error of the last one
 */
export async function keepFirst(
  name: string,
  ways: readonly Builder[],
  dir: string,
  say: Say = (text) => console.error(text),
  instead: Say = say,
): Promise<Part> {
  const made = await madeBy(name, ways, dir)
  const [first, ...others] = made === undefined ? ways : [made]
  if (first === undefined) throw new Error(`there is no way to ${name}`)
  if (others.length === 0) return keep(name, first, dir, say)
  return keep(name, first, dir, say).catch((error: Error) => {
    instead(`${error.message}; it is built instead`)
    return keepFirst(name, others, dir, say, instead)
  })
}

/**
 * Returns what `builder` makes from its present inputs; concurrent callers, in this process or another, make it once.
 */
export async function keep(
  name: string,
  builder: Builder,
  dir: string,
  say: Say = (text) => console.error(text),
): Promise<Part> {
  const missing = builder.missing()
  if (missing !== undefined) throw new Error(missing)
  const folder = folderOf(name, await builder.inputs(), dir)
  const known = () => recordIn(folder)
  const found =
    known() ?? (await locked(join(dir, `${name}.lock`), async () => known() ?? make(name, builder, folder, say)))
  return { file: join(folder, found.name), sha256: found.sha256, version: found.version }
}

async function make(name: string, builder: Builder, folder: string, say: Say) {
  const began = performance.now()
  const long = builder.seconds < 60 ? '' : `: some ${Math.ceil(builder.seconds / 60)} minutes on two cores`
  say(`parts: ${name} ${builder.version} is being made, once for this machine${long}`)
  const half = `${folder}.half`
  rmSync(half, { recursive: true, force: true })
  mkdirSync(half, { recursive: true })
  const file = await builder.build(half)
  const record = { name: file, sha256: await sha256Of(join(half, file)), version: builder.version }
  writeRecord(join(half, 'part.json'), record)
  rmSync(folder, { recursive: true, force: true })
  renameSync(half, folder)
  say(
    `parts: ${name} ${builder.version} made in ${Math.round((performance.now() - began) / 1000)} s: ${join(folder, file)}`,
  )
  return record
}
