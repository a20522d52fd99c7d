import { type Dial, http } from './http.ts'

/** A server of a backend. */
export interface HaproxyServer {
  readonly name: string
  /** HAProxy's own term: `UP`, `DOWN`, `UP 1/2`, `MAINT`, `no check`… */
  readonly status: string
  /** Passes its checks, or has none. */
  readonly up: boolean
  /**
   * The result of its checks; `undefined` if it has none, or was added too recently to have been checked: such a server
   * is `up`.
   */
  readonly passes: boolean | undefined
  readonly backup: boolean
  /** Sessions that it has been given since HAProxy started or reloaded. */
  readonly sessions: number
}

/** A backend and its servers. */
export interface HaproxyBackend {
  readonly name: string
  /** Forwards TCP connections, not HTTP requests. */
  readonly tcp: boolean
  readonly servers: readonly HaproxyServer[]
  /** The servers that get its traffic: the regular ones if one of them is up, otherwise the backups. */
  readonly active: readonly HaproxyServer[]
  /** The servers that get its traffic while none passes its check: those that accept connections. */
  readonly unchecked: readonly HaproxyServer[]
  /** Answers of 500 or more since HAProxy started or reloaded, its own among them. */
  readonly failures: number
}

/** What has come in at a frontend since HAProxy started or reloaded. */
export interface HaproxyFrontend {
  readonly connections: number
  /** Connections that got through what comes before HTTP: the PROXY protocol and TLS. */
  readonly sessions: number
  /** Connections whose TLS failed. */
  readonly failedTls: number
  /** Requests that are none, or did not arrive whole. */
  readonly malformed: number
}

/** The prefix of backends that have the servers of `be_…`, but without checks. */
const UNCHECKED = 'any_'

/**
 * Parses HAProxy's statistics in CSV: the first line names the columns, which section 9.1 of its management guide
 * explains.
 * @throws Error for any other answer
 */
export function parseStats(csv: string): readonly HaproxyBackend[] {
  const rows = rowsOf(csv)
  const servers = new Map<string, HaproxyServer[]>()
  const failures = new Map<string, number>()
  const tcp = new Set(rows.filter((row) => row('mode') === 'tcp').map((row) => row('pxname')))
  for (const row of rows) {
    if (row('svname') === 'BACKEND') {
      servers.set(row('pxname'), servers.get(row('pxname')) ?? [])
      failures.set(row('pxname'), Number(row('hrsp_5xx')))
    }
    if (row('type') === '2') servers.set(row('pxname'), [...(servers.get(row('pxname')) ?? []), serverOf(row)])
  }
  const beside = (name: string): string => name.replace(/^be_/, UNCHECKED)
  return [...servers]
    .filter(([name]) => !(name.startsWith(UNCHECKED) && servers.has(name.replace(UNCHECKED, 'be_'))))
    .map(([name, own]) => {
      const unchecked = beside(name) === name ? [] : (servers.get(beside(name)) ?? [])
      return {
        name,
        tcp: tcp.has(name),
        servers: own,
        active: activeOf(own),
        unchecked: activeOf(unchecked),
        failures: [...new Set([name, beside(name)])].reduce((sum, each) => sum + (failures.get(each) ?? 0), 0),
      }
    })
}

/** A frontend among the same statistics; undefined if there is none of that name. @throws Error for any other answer */
export function parseFrontend(csv: string, name: string): HaproxyFrontend | undefined {
  const row = rowsOf(csv).find((each) => each('pxname') === name && each('svname') === 'FRONTEND')
  return (
    row && {
      connections: Number(row('conn_tot')),
      sessions: Number(row('stot')),
      failedTls: Number(row('ssl_failed_handshake')),
      malformed: Number(row('ereq')),
    }
  )
}

/** The lines of the statistics: what each has in a column. @throws Error for any other answer */
function rowsOf(csv: string): readonly ((column: string) => string)[] {
  const [head = '', ...lines] = csv.split('\n').filter((line) => line !== '')
  const columns = head.replace(/^# /, '').split(',')
  if (!head.startsWith('# pxname,svname,')) throw new Error('this is not what HAProxy answers with its statistics')
  return lines.map((line) => {
    const cells = fields(line)
    return (name: string): string => cells[columns.indexOf(name)] ?? ''
  })
}

/** The servers that get the traffic. */
function activeOf(servers: readonly HaproxyServer[]): readonly HaproxyServer[] {
  const up = servers.filter((server) => server.up)
  const primary = up.filter((server) => !server.backup)
  return primary.length > 0 ? primary : up
}

/**
 * Reads HAProxy's name for a check's outcome: `L7OK`, `L4TOUT`; with the prefix `* ` while the next check runs, `INI`
 * before the first.
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

/** The cells of a line; a cell that contains a comma is quoted. */
const fields = (line: string): readonly string[] =>
  [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) =>
    cell.replace(/^"|"$/g, '').replaceAll('""', '"'),
  )

/** Requests HAProxy's statistics, as CSV. @throws Error in one sentence */
export async function haproxyCsv(dial: Dial, path = '/;csv'): Promise<string> {
  const { status, body } = await http(dial, { path })
  if (status !== 200) throw new Error(`HAProxy's statistics answered ${status}`)
  return body
}

/** Requests HAProxy's statistics, and reads its backends. @throws Error in one sentence */
export async function haproxyStats(dial: Dial, path = '/;csv'): Promise<readonly HaproxyBackend[]> {
  return parseStats(await haproxyCsv(dial, path))
}
