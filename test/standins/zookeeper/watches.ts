import type { WatchEvent } from './connection.ts'
import { long, string, vector } from './jute.ts'

/** Called once, at the first change. */
export type Watch = (event: WatchEvent) => void

/** What is watched: a node's data, that it comes into being, its children. */
export type Kind = 'data' | 'exist' | 'child'

/** Which kinds an event of each type ends. */
const ENDS: Readonly<Record<number, readonly Kind[]>> = {
  1: ['data', 'exist'],
  2: ['data', 'exist', 'child'],
  3: ['data', 'exist'],
  4: ['child'],
}

/** The one-shot watches of a session; they outlive its connections. */
export class Watches {
  readonly #all: Readonly<Record<Kind, Map<string, Set<Watch>>>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
  }

  add(kind: Kind, path: string, watch: Watch): void {
    const there = this.#all[kind].get(path)
    if (there) there.add(watch)
    else this.#all[kind].set(path, new Set([watch]))
  }

  fire(event: WatchEvent): void {
    const hit = (ENDS[event.type] ?? []).flatMap((kind) => {
      const watches = this.#all[kind].get(event.path)
      this.#all[kind].delete(event.path)
      return [...(watches ?? [])]
    })
    for (const watch of new Set(hit)) watch(event)
  }

  /**
   * The body of SetWatches, which asks a new server for what has changed since `zxid`; nothing where nothing is
   * watched.
   */
  again(zxid: bigint): Buffer | undefined {
    const { data, exist, child } = this.#all
    if (data.size + exist.size + child.size === 0) return undefined
    return Buffer.concat([long(zxid), ...[data, exist, child].map((paths) => vector([...paths.keys()].map(string)))])
  }
}
