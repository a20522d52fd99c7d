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
 * What the tests need and no Debian package brings; each is made once on a machine and kept with the sandbox's images.
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
/** What its maker publishes: the zips of HashiCorp's that are tried first, and what is built where they are not to be had. */
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
/** Whether what is published can be fetched; unknown until it is asked. */
let answering: boolean | undefined
/** Whether what is published can be fetched from here; asked once. Gives up after five seconds. */
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

/** The ways to a part, the first one first. */
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

/** One sentence where this machine cannot make the part and does not have it. */
export const missingPart = (name: PartName): string | undefined =>
  isGiven(name) || isFetched(name) || (answering && RELEASES[name]) ? undefined : BUILDERS[name].missing()

/**
 * Gives a part: the file that is named for it, else what is made now where this machine does not have it yet (Consul:
 * some minutes). @throws Error where it cannot be made.
 */
export const part = async (name: PartName, say?: Say, instead?: Say): Promise<Part> =>
  (await given(name)) ?? standIn(name, say, instead)

/**
 * Gives a part as it is made here, whatever file is named for it: for tests of the stand-ins themselves. @throws Error
 * where it cannot be made.
 */
export const standIn = (name: PartName, say?: Say, instead?: Say): Promise<Part> =>
  keepFirst(name, waysTo(name), place(), say, instead)

/**
 * Gives the real Marathon's image, made from a folder and a package of Mesos; see {@link realMarathon}. @throws Error
 * where it cannot be made.
 */
export const realImage = (folder: string, deb: string): Promise<Part> =>
  keep('marathon-real', realMarathon(folder, deb), place())

/** A part that this machine does not have yet. */
export interface Unmade {
  readonly name: PartName
  /** How long it takes to make on two cores, roughly. */
  readonly seconds: number
  /** Is it fetched as its maker publishes it? */
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

/** Where a part is kept: another input is another folder. */
function folderOf(name: string, inputs: readonly string[], dir: string): string {
  const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16)
  return join(dir, `${name}-${key}`)
}

const recordIn = (folder: string) => readRecord<Omit<Part, 'file'> & { name: string }>(join(folder, 'part.json'))

/** Is it there already? */
export const isMade = async (name: string, builder: Builder, dir: string): Promise<boolean> =>
  recordIn(folderOf(name, await builder.inputs(), dir)) !== undefined

/** The way by which a part is there already. */
async function madeBy(name: string, ways: readonly Builder[], dir: string): Promise<Builder | undefined> {
  for (const way of ways) if (way.missing() === undefined && (await isMade(name, way, dir))) return way
  return undefined
}

/**
 * Gives a part that is there already by any of its ways, or else goes them one after the other; `instead` is told why
 * one led nowhere. @throws Error why the last one did
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
 * Gives what `builder` makes from its inputs as they are now; two who ask at once, in this process or another, make it
 * once.
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
