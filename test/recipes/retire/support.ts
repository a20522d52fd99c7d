import type { Net } from '../../../src/model/health.ts'
import type { Cluster, Turn } from '../../../src/model/recipe.ts'
import { task } from '../../support/apps.ts'

/** A turn of a host, and what was said and run in it. */
export function turnOf(cluster: Cluster, name: string, net: Net): { readonly turn: Turn; readonly said: string[] } {
  const said: string[] = []
  const signal = new AbortController().signal
  const say = (text: string) => void said.push(text)
  const turn = { host: cluster.host(name), cluster, net, netTo: () => net, allow: new Set<string>(), signal, say }
  return { turn, said }
}
export const fails = (work: Promise<unknown> | undefined): Promise<string> =>
  (work ?? Promise.reject(new Error('there is nothing to do'))).then(
    () => 'it went well',
    (error: Error) => error.message,
  )
export const [a, b] = [task('a', 'A'), task('b', 'A')]
