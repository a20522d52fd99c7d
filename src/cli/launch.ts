import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { keep, readKept } from '../lib/kept/file.ts'
import { importOutside } from '../project/outside.ts'
import type { program } from './program.ts'

/** A digest of the bundle; set by scripts/bundle.js. */
declare const BUNDLE: string

const file = join(import.meta.dirname, 'program.cjs')
// V8 keeps the path with the code, and stacks name it: another installation of the same version needs its own.
const PLACE = createHash('sha256').update(file).digest('hex').slice(0, 8)
const NAME = `${BUNDLE}-${PLACE}-${process.version}-${process.arch}`

const code = readKept('code', NAME)
const script = new Script(
  `(function (require, module, exports, __filename, __dirname, launcher) {${readFileSync(file, 'latin1')}\n})`,
  {
    filename: file,
    ...(code ? { cachedData: code } : {}),
  },
)
const module = { exports: {} as { readonly program: typeof program } }
const last: (() => Promise<void>)[] = []
const launcher = { importOutside, program: NAME, atLast: (work: () => Promise<void>) => void last.push(work) }
script.runInThisContext()(createRequire(file), module, module.exports, file, import.meta.dirname, launcher)
let worth = false
void module.exports.program(
  process.argv.slice(2),
  () => {
    worth = true
  },
  async () => {
    for (const work of last) await work()
    // Functions are compiled when they are called: a run that has reached hosts has called those that the next one
    // needs.
    if (worth && (code === undefined || script.cachedDataRejected === true))
      keep('code', NAME, script.createCachedData())
  },
)
