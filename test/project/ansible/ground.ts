import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { InventoryError } from '../../../src/inventory/errors.ts'
import { loadInventory } from '../../../src/project/load.ts'

export const base = realpathSync(mkdtempSync(join(tmpdir(), 'ansible-')))
process.on('exit', () => rmSync(base, { recursive: true, force: true }))

export type Files = Readonly<Record<string, string>>
export let count = 0

/** Loads the first of these files. */
export function load(files: Files) {
  const folder = join(base, `${++count}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return loadInventory(Object.keys(files)[0] as string, { folder })
}

export const table = (says: object): string => JSON.stringify(says)
/** Every group is one of `base` hosts. */
export const BASE = table({ groups: { all: [], web: ['base'], db: ['base'], prod: [] } })

/** Hosts as one line each: name, address, roles, login. */
export async function shown(files: Files): Promise<string[]> {
  const { hosts } = await load(files)
  return hosts.map(({ name, address, roles, ssh }) => `${name} ${address} [${roles.join()}] ${JSON.stringify(ssh)}`)
}

/** The mistakes, as `place: message`. */
export async function mistakes(files: Files): Promise<readonly string[]> {
  try {
    await load(files)
  } catch (error) {
    assert.instance(error, InventoryError, `${(error as Error).stack}`)
    const { mistakes: found, message } = error as InventoryError
    return found.length > 0 ? found.map((each) => `${each.path}: ${each.message}`) : [message]
  }
  return []
}
