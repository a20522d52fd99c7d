import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { CommandModule } from '../commands.ts'
import { UsageError } from '../usage-error.ts'

/** `provision schema`: the JSON Schema of `inventory.json`, as it was generated when the package was built. */
export const run: CommandModule['run'] = async (_args, io) => {
  const path = createRequire(import.meta.url).resolve('provision-ssh/schema/inventory.json')
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError('the schema is made when the package is built, and this checkout is not: npm run build')
  })
  io.stdout.write(text)
  return 0
}
