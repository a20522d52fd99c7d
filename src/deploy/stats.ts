/** One server of a backend, as HAProxy's statistics have it. */
export interface Server {
  readonly name: string
  /** Passes its checks, or has none. */
  readonly up: boolean
}

/** A backend and its servers. */
export interface Backend {
  readonly name: string
  readonly servers: readonly Server[]
}

/** Reads HAProxy's statistics as CSV (`/;csv`). @throws Error where it is none */
export function parseStats(csv: string): readonly Backend[] {
  const [head = '', ...lines] = csv.split('\n').filter((line) => line !== '')
  if (!head.startsWith('# pxname,svname,')) throw new Error('this is not what HAProxy answers when it is asked for its statistics')
  const names = head.slice(2).split(',')
  const rows = lines.map((line) => {
    const cells = line.split(',')
    return (name: string): string => cells[names.indexOf(name)] ?? ''
  })
  return rows
    .filter((row) => row('svname') === 'BACKEND')
    .map((backend) => ({
      name: backend('pxname'),
      servers: rows
        .filter((row) => row('pxname') === backend('pxname') && row('type') === '2')
        .map((row) => ({ name: row('svname'), up: /^(UP|no check)/.test(row('status')) })),
    }))
}
