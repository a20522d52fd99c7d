import type { Cost } from '../../transport/transport.ts'

/** No cost at all. */
export const NOTHING: Cost = { connections: 0, execs: 0, bytesUp: 0, bytesDown: 0 }

/** The sum of two costs. */
export const add = (a: Cost, b: Cost): Cost => ({
  connections: a.connections + b.connections,
  execs: a.execs + b.execs,
  bytesUp: a.bytesUp + b.bytesUp,
  bytesDown: a.bytesDown + b.bytesDown,
})
