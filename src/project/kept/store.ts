import { keep, readKept } from '../../lib/kept/file.ts'
import type { Compiled } from './compile.ts'
import { unchanged, type Witnesses } from './witness.ts'

/** What the store keeps of a project. */
export interface Kept {
  /** The state of all its dependencies. */
  readonly witnesses: Witnesses
  /** Absent if the project cannot be compiled. */
  readonly compiled?: Compiled
  /** V8's code cache. */
  readonly v8?: Buffer
}

const KIND = 'projects'

/** What is stored under a name, if it is intact and up to date. */
export function readProject(name: string): Kept | undefined {
  const bytes = readKept(KIND, name)
  if (!bytes) return undefined
  const end = bytes.indexOf('\n')
  const { witnesses, sizes } = JSON.parse(bytes.toString('utf8', 0, end)) as {
    readonly witnesses: Witnesses
    readonly sizes: readonly [code: number, map: number, v8: number]
  }
  if (!unchanged(witnesses)) return undefined
  const [code, map] = [end + 1 + sizes[0], end + 1 + sizes[0] + sizes[1]]
  if (sizes[0] === 0) return { witnesses }
  const compiled = { code: bytes.toString('utf8', end + 1, code), map: bytes.toString('utf8', code, map) }
  return { witnesses, compiled, ...(sizes[2] > 0 ? { v8: bytes.subarray(map) } : {}) }
}

/** Stores a project for the next run. */
export function keepProject(name: string, { witnesses, compiled, v8 = Buffer.alloc(0) }: Kept): void {
  const parts = [Buffer.from(compiled?.code ?? ''), Buffer.from(compiled?.map ?? ''), v8]
  const head = JSON.stringify({ witnesses, sizes: parts.map(({ length }) => length) })
  keep(KIND, name, Buffer.concat([Buffer.from(`${head}\n`), ...parts]))
}
