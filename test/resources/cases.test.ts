import { readdirSync } from 'node:fs'
import { table } from './cases.ts'

// Every folder here is the table of one type: adding a case is adding a file.
const here = new URL('./', import.meta.url)
for (const entry of readdirSync(here, { withFileTypes: true }))
  if (entry.isDirectory()) table(entry.name, new URL(`${entry.name}/`, here)).run()
