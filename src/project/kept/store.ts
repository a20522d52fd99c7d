import { keep, readKept } from '../../lib/kept/file.ts'
import type { Compiled } from './compile.ts'
import { unchanged, type Witnesses } from './witness.ts'

/** What is kept of a project. */
export interface Kept {
  /** All that it was made from. */
  readonly witnesses: Witnesses
  /** Nothing where the project cannot be compiled. */
  readonly compiled?: Compiled
  /** What V8 made of it. */
  readonly v8?: Buffer
}

const KIND = 'projects'

/** What was kept under a name, if it is as whole and as true as on the first day. */
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

/** Keeps it for the next run. */
export function keepProject(name: string, { witnesses, compiled, v8 = Buffer.alloc(0) }: Kept): void {
  const parts = [Buffer.from(compiled?.code ?? ''), Buffer.from(compiled?.map ?? ''), v8]
  const head = JSON.stringify({ witnesses, sizes: parts.map(({ length }) => length) })
  keep(KIND, name, Buffer.concat([Buffer.from(`${head}\n`), ...parts]))
}
