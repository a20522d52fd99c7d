import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { broken } from './error.ts'
import { EXTENSION, HOME } from './home.ts'
import type { HookData } from './hooks.ts'

const prepared = new Set<string>()
let transpiles = EXTENSION === '.ts' // a checkout runs under tsx already

/** Makes users' files importable, once per folder; TypeScript only where there is some: tsx costs start-up time. */
async function prepare(folder: string, typescript: boolean): Promise<void> {
  if (typescript && !transpiles) {
    transpiles = true
    const { register: registerTsx } = await import('tsx/esm/api')
    registerTsx()
  }
  if (prepared.has(folder)) return
  prepared.add(folder)
  const data: HookData = { folder: pathToFileURL(`${folder}/`).href, home: pathToFileURL(`${HOME}/`).href, extension: EXTENSION }
  register(new URL(`./hooks${EXTENSION}`, import.meta.url), { data })
}

/**
 * Imports a file of the user's.
 * @param typescript whether any of the user's files is TypeScript
 * @throws ProjectError: one sentence with file and line
 */
export async function importUsers(file: string, folder: string, typescript: boolean): Promise<Record<string, unknown>> {
  await prepare(folder, typescript)
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    throw broken(file, error, folder)
  }
}
