/** One server of a backend, as HAProxy's statistics have it. */
export interface Stat {
  readonly proxy: string
  readonly server: string
  /** `UP`, `DOWN`, `no check`, `MAINT`, `UP 1/2`… */
  readonly status: string
  readonly backup: boolean
}

/** Reads HAProxy's statistics as CSV (`/;csv`): servers only, no frontends and no sums. @throws Error where it is none */
export function parseStats(csv: string): readonly Stat[] {
  const [head = '', ...rows] = csv.split('\n').filter((line) => line !== '')
  const names = head.replace(/^# ?/, '').split(',')
  const [proxy, server, status, backup] = ['pxname', 'svname', 'status', 'bck'].map((name) => names.indexOf(name)) as [
    number,
    number,
    number,
    number,
  ]
  if (proxy < 0 || server < 0 || status < 0 || backup < 0)
    throw new Error('this is not what HAProxy answers when it is asked for its statistics')
  return rows
    .map((row) => row.split(','))
    .filter((cells) => !['FRONTEND', 'BACKEND'].includes(cells[server] ?? ''))
    .map((cells) => ({
      proxy: cells[proxy] ?? '',
      server: cells[server] ?? '',
      status: cells[status] ?? '',
      backup: cells[backup] === '1',
    }))
}
