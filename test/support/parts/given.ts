import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readImageFile } from '../../../src/deploy/image/archive.ts'
import { run } from '../../../src/sandbox/exec.ts'
import { sha256Of } from './docker-archive.ts'

/** A file for hosts. */
export interface Part {
  /** Its path on this machine. */
  readonly file: string
  readonly sha256: string
  readonly version: string
}

/** The variables that name real packages to use instead of the stand-ins. */
export const GIVEN = { mesos: 'PROVISION_MESOS_DEB', marathon: 'PROVISION_MARATHON_IMAGE' } as const

const read: Readonly<Record<keyof typeof GIVEN, (file: string) => Promise<Omit<Part, 'file'>>>> = {
  mesos: async (file) => ({
    sha256: await sha256Of(file),
    version: (await run('dpkg-deb', ['--field', file, 'Version'])).trim(),
  }),
  // the recipe needs Marathon's version, which only the image's tag contains
  async marathon(file) {
    const { blob, images } = await readImageFile(file)
    const names = [...images.keys()]
    const version = names
      .map((name) => /:v?(\d+\.\d+\.\d+[\w.-]*)$/.exec(name)?.[1])
      .find((found) => found !== undefined)
    if (version !== undefined) return { sha256: blob.sha256, version }
    const has = names.length === 0 ? 'it has none' : names.join(', ')
    throw new Error(
      `${file}: the image's tag has to be its version, and ${has}: docker tag IMAGE marathon:v1.11.24, and save that name`,
    )
  },
}

const givable = (name: string): name is keyof typeof GIVEN => name in GIVEN

/** Does the environment name a file for a part? */
export const isGiven = (name: string, env: NodeJS.ProcessEnv = process.env): boolean =>
  givable(name) && Boolean(env[GIVEN[name]])

/** The file that a variable names instead of a part that is made. @throws Error if it is missing, or something else */
export async function given(name: string, env: NodeJS.ProcessEnv = process.env): Promise<Part | undefined> {
  const named = givable(name) && env[GIVEN[name]]
  if (!named) return undefined
  const file = resolve(named)
  if (!existsSync(file)) throw new Error(`${GIVEN[name]}: there is no file ${file}`)
  return { file, ...(await read[name](file)) }
}
