import { cpus, freemem, loadavg, totalmem } from 'node:os'

/** What both daemons tell of their host. */
export function systemMetrics(): Record<string, number> {
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return {
    'system/cpus_total': cpus().length,
    'system/load_15min': fifteen,
    'system/load_1min': one,
    'system/load_5min': five,
    'system/mem_free_bytes': freemem(),
    'system/mem_total_bytes': totalmem(),
  }
}

/** Names with no value of their own here: a stand-in has not what they count. */
export const zeros = (prefix: string, names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((n) => [`${prefix}${n}`, 0]))

/** What Mesos tells of a duration: the last one, and how they are spread. */
export const spread = (name: string, value: number, count = 1): Record<string, number> => ({
  [name]: value,
  [`${name}/count`]: count,
  ...Object.fromEntries(
    ['max', 'min', 'p50', 'p90', 'p95', 'p99', 'p999', 'p9999'].map((p) => [`${name}/${p}`, value]),
  ),
})

export const merged = (all: readonly Record<string, number>[]): Record<string, number> => Object.assign({}, ...all)
