import { type Dial, http } from './http.ts'

/** A server of a backend. */
export interface HaproxyServer {
  readonly name: string
  /** `UP`, `DOWN`, `UP 1/2`, `MAINT`, `no check`…: HAProxy's own words. */
  readonly status: string
  /** Passes its checks, or has none. */
  readonly up: boolean
  /** What its checks say; `undefined` if it has none, or is too new to have been checked: such a server is `up`. */
  readonly passes: boolean | undefined
  readonly backup: boolean
  /** Sessions that were given to it since HAProxy was started or reloaded. */
  readonly sessions: number
}

/** A backend and its servers. */
export interface HaproxyBackend {
  readonly name: string
  /** Connections are sent on as they are, not requests. */
  readonly tcp: boolean
  readonly servers: readonly HaproxyServer[]
  /** Servers that get its traffic: those that are no backups where one of them is up, else the backups. */
  readonly active: readonly HaproxyServer[]
  /** Servers that get its traffic while none passes its check: those that take connections. */
  readonly unchecked: readonly HaproxyServer[]
}

/** What the name of the backend begins with that has the servers of `be_…` without their check. */
const UNCHECKED = 'any_'

/**
 * Parses HAProxy's statistics in CSV: the first line names the columns, and section 9.1 of its management guide
 * explains them.
 * @throws Error if it is not such an answer
 */
export function parseStats(csv: string): readonly HaproxyBackend[] {
  const [head = '', ...lines] = csv.split('\n').filter((line) => line !== '')
  const columns = head.replace(/^# /, '').split(',')
  if (!head.startsWith('# pxname,svname,')) throw new Error('this is not what HAProxy answers with its statistics')
  const rows = lines.map((line) => {
    const cells = fields(line)
    return (name: string): string => cells[columns.indexOf(name)] ?? ''
  })
  const servers = new Map<string, HaproxyServer[]>()
  const tcp = new Set(rows.filter((row) => row('mode') === 'tcp').map((row) => row('pxname')))
  for (const row of rows) {
    if (row('svname') === 'BACKEND') servers.set(row('pxname'), servers.get(row('pxname')) ?? [])
    if (row('type') === '2') servers.set(row('pxname'), [...(servers.get(row('pxname')) ?? []), serverOf(row)])
  }
  const beside = (name: string): string => name.replace(/^be_/, UNCHECKED)
  return [...servers]
    .filter(([name]) => !(name.startsWith(UNCHECKED) && servers.has(name.replace(UNCHECKED, 'be_'))))
    .map(([name, own]) => {
      const unchecked = beside(name) === name ? [] : (servers.get(beside(name)) ?? [])
      return { name, tcp: tcp.has(name), servers: own, active: activeOf(own), unchecked: activeOf(unchecked) }
    })
}

/** Who of some servers gets the traffic. */
function activeOf(servers: readonly HaproxyServer[]): readonly HaproxyServer[] {
  const up = servers.filter((server) => server.up)
  const primary = up.filter((server) => !server.backup)
  return primary.length > 0 ? primary : up
}

/**
 * By HAProxy's words for a check's outcome: `L7OK`, `L4TOUT`; `* ` before it while the next is under way, `INI` before
 * the first.
 */
function passes(status: string, outcome: string): boolean | undefined {
  if (!/^(\* )?L\d/.test(outcome)) return undefined
  if (status.startsWith('UP')) return true
  return status.startsWith('DOWN') ? false : undefined
}

const serverOf = (row: (name: string) => string): HaproxyServer => ({
  name: row('svname'),
  status: row('status'),
  up: /^(UP|no check)/.test(row('status')),
  passes: passes(row('status'), row('check_status')),
  backup: row('bck') === '1',
  sessions: Number(row('stot')),
})

/** The cells of a line; one with a comma in it stands between quotes. */
const fields = (line: string): readonly string[] =>
  [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) =>
    cell.replace(/^"|"$/g, '').replaceAll('""', '"'),
  )

/** Asks HAProxy for its statistics. @throws Error in one sentence */
export async function haproxyStats(dial: Dial, path = '/;csv'): Promise<readonly HaproxyBackend[]> {
  const { status, body } = await http(dial, { path })
  if (status !== 200) throw new Error(`HAProxy's statistics answered ${status}`)
  return parseStats(body)
}
