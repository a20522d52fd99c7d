/** Writes the registrar's program, one file: `node --import tsx scripts/registrar.ts FILE`. */
import { writeFileSync } from 'node:fs'
import { bundleRegistrar } from '../src/project/registrar.ts'

const [, , out] = process.argv
if (out) writeFileSync(out, bundleRegistrar())
