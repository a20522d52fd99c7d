import { cpus } from 'node:os'

type Times = Readonly<Record<string, number>>

/** Returns, on each call, the idle share of the processors' time since the last call. */
export function idleShare(read: () => readonly { readonly times: Times }[] = cpus): () => number {
  const sums = (): { idle: number; all: number } => {
    const times = read().map((cpu) => cpu.times)
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
    return { idle: sum(times.map(({ idle = 0 }) => idle)), all: sum(times.flatMap((each) => Object.values(each))) }
  }
  let before = sums()
  return () => {
    const now = sums()
    const all = now.all - before.all
    const share = all > 0 ? (now.idle - before.idle) / all : 0
    before = now
    return share
  }
}
