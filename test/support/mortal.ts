import type { Marathon } from '../../src/clients/marathon.ts'

/** The tool has died. */
export class Died extends Error {}

/** A client of Marathon that dies before or after change number `dies` (from 1) has reached it. */
export function mortal(client: Marathon, dies: number, when: 'before' | 'after'): Marathon {
  let n = 0
  const change =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      n += 1
      if (n === dies && when === 'before') throw new Died()
      const value = await work(...args)
      if (n === dies) throw new Died()
      return value
    }
  return {
    ...client,
    changes(carried) {
      const { put, scale, killAndScale, kill } = client.changes(carried)
      return { put: change(put), scale: change(scale), killAndScale: change(killAndScale), kill }
    },
  }
}
