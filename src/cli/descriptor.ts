import files from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isOurs, placesIn } from '../lib/place.ts'

type Call = (...given: never[]) => unknown
type Args = readonly unknown[]

/**
 * Node's own functions that start every child; loading `node:child_process` for its functions would take longer. They are
 * deprecated: a Node without them guards its own writes only.
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

/** What a child gets, as Node's functions describe it. */
interface Started {
  readonly stdio: readonly { readonly fd?: number }[]
}

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
  const child = ([started, ...rest]: Args): Args => {
    const { stdio } = started as Started
    if (!stdio.some(({ fd }) => fd === 1) || startedByUs()) return [started, ...rest]
    return [{ ...(started as Started), stdio: stdio.map((each) => (each.fd === 1 ? { ...each, fd: 2 } : each)) }]
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
