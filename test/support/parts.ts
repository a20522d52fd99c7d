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

/**
 * What the tests need and no Debian package brings; each is made once on a machine and kept with the sandbox's images.
 */
const BUILDERS = {
  consul: goModule('consul', 'github.com/hashicorp/consul', 200),
  'consul-template': goModule('consul-template', 'github.com/hashicorp/consul-template', 25),
  marathon: marathonImage,
  mesos: mesosPackage,
  rails: railsImage,
} satisfies Record<string, Builder>

/** The name of a part. */
export type PartName = keyof typeof BUILDERS

/** All of them. */
export const PARTS = Object.keys(BUILDERS) as readonly PartName[]

export type { Part }

const place = () => join(stateDir(), 'parts')

/** One sentence where this machine cannot make the part and does not have it. */
export const missingPart = (name: PartName): string | undefined =>
  isGiven(name) ? undefined : BUILDERS[name].missing()

/**
 * Gives a part: the file that is named for it, else what is made now where this machine does not have it yet (Consul:
 * some minutes). @throws Error where it cannot be made.
 */
export const part = async (name: PartName, say?: (text: string) => void): Promise<Part> =>
  (await given(name)) ?? standIn(name, say)

/**
 * Gives a part as it is made here, whatever file is named for it: for tests of the stand-ins themselves. @throws Error
 * where it cannot be made.
 */
export const standIn = (name: PartName, say?: (text: string) => void): Promise<Part> =>
  keep(name, BUILDERS[name], place(), say)

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
}

/** The parts that this machine does not have yet. */
export async function unmade(): Promise<readonly Unmade[]> {
  const there = await Promise.all(PARTS.map(async (name) => isGiven(name) || isMade(name, BUILDERS[name], place())))
  return PARTS.filter((_, i) => !there[i]).map((name) => ({
    name,
    seconds: BUILDERS[name].seconds,
  }))
}

/** Where a part is kept: another input is another folder. */
async function folderOf(name: string, builder: Builder, dir: string): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify(await builder.inputs()))
    .digest('hex')
    .slice(0, 16)
  return join(dir, `${name}-${key}`)
}

const recordIn = (folder: string) => readRecord<Omit<Part, 'file'> & { name: string }>(join(folder, 'part.json'))

/** Is it there already? */
export const isMade = async (name: string, builder: Builder, dir: string): Promise<boolean> =>
  recordIn(await folderOf(name, builder, dir)) !== undefined

/**
 * Gives what `builder` makes from its inputs as they are now; two who ask at once, in this process or another, make it
 * once.
 */
export async function keep(
  name: string,
  builder: Builder,
  dir: string,
  say = (text: string) => console.error(text),
): Promise<Part> {
  const missing = builder.missing()
  if (missing !== undefined) throw new Error(missing)
  const folder = await folderOf(name, builder, dir)
  const known = () => recordIn(folder)
  const found =
    known() ?? (await locked(join(dir, `${name}.lock`), async () => known() ?? make(name, builder, folder, say)))
  return { file: join(folder, found.name), sha256: found.sha256, version: found.version }
}

async function make(name: string, builder: Builder, folder: string, say: (text: string) => void) {
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
