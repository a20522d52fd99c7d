import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { keep, readKept } from '../lib/kept/file.ts'
import { importOutside } from '../project/outside.ts'
import type { program } from './program.ts'

/** The bundles' digests by name; set by scripts/bundle.js. */
declare const BUNDLES: Readonly<Record<string, string>>

/** A bundle's code, with V8's cache from an earlier run. */
interface Code {
  readonly name: string
  readonly script: Script
  /** Is there no cache that V8 accepts? */
  readonly isNew: boolean
}

const GIVEN = '(function (require, module, exports, __filename, __dirname, launcher)'

function codeOf(bundle: string): Code {
  const filename = join(import.meta.dirname, bundle)
  // V8 caches the path with the code, and stacks show it: another installation of the same version needs its own cache.
  const place = createHash('sha256').update(filename).digest('hex').slice(0, 8)
  const name = `${BUNDLES[bundle]}-${place}-${process.version}-${process.arch}`
  const code = readKept('code', name)
  const source = `${GIVEN} {${readFileSync(filename, 'latin1')}\n})`
  const script = new Script(source, { filename, ...(code ? { cachedData: code } : {}) })
  return { name, script, isNew: code === undefined || script.cachedDataRejected === true }
}

/** Runs a bundle and returns its exports. */
function run<T>(bundle: string, { script }: Code): T {
  const file = join(import.meta.dirname, bundle)
  const module = { exports: {} as T }
  script.runInThisContext()(createRequire(file), module, module.exports, file, import.meta.dirname, launcher)
  return module.exports
}

/**
 * Caches its code for the next run: V8 compiles functions when they are first called, so the cache has those that a run
 * needs.
 */
const keepCode = ({ name, script, isNew }: Code): void => {
  if (isNew) keep('code', name, script.createCachedData())
}

const last: (() => Promise<void>)[] = []
const main = codeOf('program.cjs')
const launcher = {
  importOutside,
  program: main.name,
  atLast: (work: () => Promise<void>) => void last.push(work),
  part: (bundle: string): unknown => {
    const code = codeOf(bundle)
    last.push(async () => keepCode(code))
    return run(bundle, code)
  },
}
let worth = false
void run<{ readonly program: typeof program }>('program.cjs', main).program(
  process.argv.slice(2),
  () => {
    worth = true
  },
  async () => {
    for (const work of last) await work()
    if (worth) keepCode(main) // a run that has contacted hosts
  },
)
