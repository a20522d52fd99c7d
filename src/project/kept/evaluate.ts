import { createRequire, SourceMap } from 'node:module'
import { Script } from 'node:vm'
import type { Compiled, Outside } from './compile.ts'

type Module = Record<string, unknown>
type Files = Map<string, () => Promise<Module>>

const require = createRequire(import.meta.url)

/** A single instance of each module: compiled files get the same as everything else in this process. */
function outside(...[kind, name]: Outside): unknown {
  if (kind !== 'ours') return require(name)
  const all = (globalThis as Record<symbol, unknown>)[Symbol.for('provision-ssh')] as Record<string, () => unknown>
  return all[name]?.()
}

/** A module's exports, read on every access. */
outside.live = (module: Module): Module => {
  const names = Object.keys(module).map((name) => [name, { enumerable: true, get: () => module[name] }] as const)
  return Object.defineProperties({}, { ...Object.fromEntries(names), __esModule: { value: true } })
}

/** Maps the stacks of errors to places in users' files. */
function mapStacks(name: string, map: string): void {
  let parsed: SourceMap | undefined
  const place = new RegExp(`\\b${name}:(\\d+):(\\d+)`)
  const frame = (text: string): string =>
    text.replace(place, (all, line: string, column: string) => {
      parsed ??= new SourceMap(JSON.parse(map))
      const found = parsed.findEntry(Number(line) - 1, Number(column) - 1)
      if (!('originalSource' in found)) return all
      return `${sourcePath(found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}`
    })
  const before = Error.prepareStackTrace
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map(String)
    if (before && !lines.some((line) => place.test(line))) return before(error, frames)
    return [heading(error), ...lines.map((line) => `    at ${frame(line)}`)].join('\n')
  }
}

/** Sources are absolute paths. */
const sourcePath = (source: string): string => (source.startsWith('/') ? source : `/${source}`)

function heading(error: Error): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return '<error>'
  }
}

/** Compiled files, ready to load. */
export interface Evaluated {
  /** @throws what the file throws; RangeError if it is not one of them */
  load(file: string): Promise<Module>
  /** Did V8 accept its cached data? */
  readonly current: boolean
  /** V8's code cache. */
  compiled(): Buffer
}

/**
 * Makes compiled files importable, without running them.
 * @param name V8's name for them: letters, digits and dashes
 * @param v8 V8's cache of the same code from an earlier run
 */
export function evaluate({ code, map }: Compiled, name: string, v8: Buffer | undefined): Evaluated {
  const script = new Script(code, { filename: name, ...(v8 ? { cachedData: v8 } : {}) })
  const files: Files = new Map()
  mapStacks(name, map)
  script.runInThisContext()(outside, files)
  return {
    load(file) {
      const load = files.get(file)
      if (!load) throw new RangeError(`${file} was not compiled`)
      return load()
    },
    current: v8 !== undefined && script.cachedDataRejected !== true,
    compiled: () => script.createCachedData(),
  }
}
