import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { InventoryFileError } from '../../inventory/errors.ts'
import { whyUnread } from '../../lib/message.ts'
import { TABLE } from '../ansible/table.ts'

/** Files that Ansible ignores, and documents; an `.ini` may be a program's settings. */
const IGNORED = /^\.|~$|\.(orig|bak|cfg|retry|pyc|pyo|rpmsave|rpmnew|swp|md|txt)$/

/**
 * The inventory in a folder, by Ansible's rules: the only file that can be one.
 * @throws InventoryFileError if there is none, or several
 */
export function inventoryInFolder(folder: string, shown: string): string {
  let names: readonly string[]
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !IGNORED.test(entry.name) && entry.name !== TABLE)
      .map(({ name }) => name)
      .sort()
  } catch (error) {
    throw new InventoryFileError(`${shown} cannot be read: ${whyUnread(error)}`)
  }
  const likely = names.filter((name) => !name.endsWith('.ini'))
  const [only, ...others] = likely.length > 0 ? likely : names
  if (only === undefined) throw new InventoryFileError(`${shown} is a folder without an inventory in it`)
  if (others.length > 0)
    throw new InventoryFileError(
      `${shown} is a folder with several inventories: ${[only, ...others].join(', ')}; they are not merged, so name one: -i ${join(shown, only)}`,
    )
  return join(shown, only)
}
