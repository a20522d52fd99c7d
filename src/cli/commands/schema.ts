import { createRequire } from 'node:module'
import { defineCommand } from '../command.ts'
import { UsageError } from '../usage-error.ts'

/** `provision schema`: prints the JSON Schema of `inventory.json`, which is generated when the package is built. */
export const schema = defineCommand({
  name: 'schema',
  summary: 'print the JSON Schema of the inventory, for editors',
  usage: 'schema',
  options: [],
  examples: [['provision schema > inventory.schema.json', 'name it in "$schema" of your inventory']],
  exits: [['0', 'always']],
  async run(_args, io) {
    const { readFile } = await import('node:fs/promises')
    const path = createRequire(import.meta.url).resolve('provision-ssh/schema/inventory.json')
    const text = await readFile(path, 'utf8').catch(() => {
      throw new UsageError(
        'the schema is made when the package is built, and this checkout has not been built: npm run build',
      )
    })
    io.stdout.write(text)
    return 0
  },
})
