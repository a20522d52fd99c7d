/**
 * A controller process to kill: `controller.ts HOST-AS-JSON WANT` applies the witness and prints its events, one JSON
 * object per line.
 */
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { bench } from './bench.ts'
import type { Want } from './recipe.ts'

const [host, want] = process.argv.slice(2) as [string, Want]
const result = await bench(JSON.parse(host) as SandboxHost).run(want, {}, (event) =>
  process.stdout.write(`${JSON.stringify(event)}\n`),
)
process.exitCode = result.outcome === 'changed' || result.outcome === 'in-sync' ? 0 : 1
