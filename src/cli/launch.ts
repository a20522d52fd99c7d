import { createHash } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { importOutside } from '../project/outside.ts'
import type { program } from './program.ts'

/** A digest of the bundle; set by scripts/bundle.js. */
declare const BUNDLE: string

const DAY = 24 * 60 * 60 * 1000

const file = join(import.meta.dirname, 'program.cjs')
// V8 keeps the path with the code, and stacks name it: another installation of the same version needs its own.
const PLACE = createHash('sha256').update(file).digest('hex').slice(0, 8)
const NAME = `${BUNDLE}-${PLACE}-${process.version}-${process.arch}`

/** @throws where somebody without a home runs this */
const cache = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'provision', 'code')

const DIGEST = 32
const digest = (code: Buffer): Buffer => createHash('sha256').update(code).digest()

/**
 * What V8 made of the bundle in an earlier run: only our own, for it is code, and only whole, for V8 itself does not
 * look.
 */
function readKept(): Buffer | undefined {
  try {
    const fd = openSync(join(cache(), NAME), 'r')
    try {
      if (fstatSync(fd).uid !== process.getuid?.()) return undefined
      const bytes = readFileSync(fd)
      const code = bytes.subarray(DIGEST)
      return digest(code).equals(bytes.subarray(0, DIGEST)) ? code : undefined
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** Keeps it for the next run. Where it cannot be kept, the next run takes a little longer, nothing else. */
function keep(code: Buffer): void {
  try {
    const folder = cache()
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      if (Date.now() - statSync(path).mtimeMs > 30 * DAY) rmSync(path, { recursive: true })
    }
    const fresh = join(folder, `${NAME}.${process.pid}`)
    writeFileSync(fresh, Buffer.concat([digest(code), code]), { mode: 0o600, flag: 'wx' })
    renameSync(fresh, join(folder, NAME))
  } catch {}
}

const code = readKept()
const script = new Script(
  `(function (require, module, exports, __filename, __dirname, launcher) {${readFileSync(file, 'latin1')}\n})`,
  {
    filename: file,
    ...(code ? { cachedData: code } : {}),
  },
)
const module = { exports: {} as { readonly program: typeof program } }
script.runInThisContext()(createRequire(file), module, module.exports, file, import.meta.dirname, { importOutside })
let worth = false
void module.exports.program(
  process.argv.slice(2),
  () => {
    worth = true
  },
  () => {
    // Functions are compiled when they are called: a run that has reached hosts has called those that the next one
    // needs.
    if (worth && (code === undefined || script.cachedDataRejected === true)) keep(script.createCachedData())
  },
)
