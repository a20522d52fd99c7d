import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { CommandModule } from './commands.ts'

/** `provision schema`: the JSON Schema of `inventory.json`, as it was generated when the package was built. */
export const run: CommandModule['run'] = async (_args, io) => {
  io.stdout.write(await readFile(createRequire(import.meta.url).resolve('provision-ssh/schema/inventory.json'), 'utf8'))
  return 0
}
