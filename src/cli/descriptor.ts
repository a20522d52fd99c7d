import files from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { object } from '../lib/json.ts'
import { isOurs, placesIn } from '../lib/place.ts'

type Call = (...given: never[]) => unknown
type Args = readonly unknown[]

/**
 * Node's own functions that start every child; loading `node:child_process` for its functions would take longer. They
 * are deprecated: a Node without them guards its own writes only.
 */
interface Bindings {
  binding?(name: 'process_wrap'): { readonly Process: { readonly prototype: { spawn: Call } } }
  binding?(name: 'spawn_sync'): { spawn: Call }
}

const OUTPUT = ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']

/** A descriptor or path, away from standard output. */
function away(target: unknown): unknown {
  if (target === 1) return 2
  return OUTPUT.includes(String(target)) ? '/dev/stderr' : target
}

/** Is a child started by this program rather than by users' files or their libraries? */
function startedByUs(): boolean {
  const [, , ...callers] = placesIn(new Error())
  return callers.length > 0 && callers.every(({ file }) => isOurs(file))
}

/** What a child's descriptors are, as Node's functions describe them. */
type Stdio = readonly { readonly type: string; readonly fd?: number }[]

const isStdio = (value: unknown): value is Stdio =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each?.type === 'string')

/** The arguments of such a function, whose order differs between versions of Node, with other descriptors. */
const withStdio = (given: Args, change: (stdio: Stdio) => Stdio): Args =>
  given.map((each) => {
    if (isStdio(each)) return change(each)
    const inside = object(each).stdio
    return isStdio(inside) ? { ...object(each), stdio: change(inside) } : each
  })

/** Replaces functions by ones whose arguments are changed first. */
function change<T extends object>(of: T, names: readonly (keyof T)[], args: (given: Args) => Args): void {
  for (const name of names)
    of[name] = new Proxy(of[name] as Call, {
      apply: (target, self, given) => Reflect.apply(target, self, args(given)),
    }) as T[keyof T]
}

/**
 * From now on, what users' code and its children write to descriptor 1 goes to descriptor 2: a child with an inherited
 * standard output, and writes past `process.stdout`.
 */
export function guardDescriptor(): void {
  const other = (stdio: Stdio): Stdio => stdio.map((each) => (each.fd === 1 ? { ...each, fd: 2 } : each))
  const child = (given: Args): Args => {
    let writes = false
    const changed = withStdio(given, (stdio) => {
      writes ||= stdio.some(({ fd }) => fd === 1)
      return other(stdio)
    })
    return writes && !startedByUs() ? changed : given
  }
  const node = process as unknown as Bindings
  try {
    if (node.binding) change(node.binding('process_wrap').Process.prototype, ['spawn'], child)
    if (node.binding) change(node.binding('spawn_sync'), ['spawn'], child)
  } catch {} // no such module

  const first = ([target, ...rest]: Args): Args => [away(target), ...rest]
  change(files, ['open', 'openSync', 'write', 'writeSync', 'writev', 'writevSync'], first)
  change(files, ['writeFile', 'writeFileSync', 'appendFile', 'appendFileSync'], first)
  change(files.promises, ['open', 'writeFile', 'appendFile'], first)
  syncBuiltinESMExports()
}
