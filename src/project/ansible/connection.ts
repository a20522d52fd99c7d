import { present } from '../../lib/compact.ts'
import type { Variable, Variables } from './groups.ts'

/** How to connect to a host, according to its variables. */
export interface Connection {
  readonly address?: unknown
  readonly ssh: Readonly<Record<string, unknown>>
}

/** What one variable sets, or why it cannot be converted. */
type Said = { readonly ssh?: Record<string, unknown>; readonly address?: unknown } | { readonly wrong: string }

/** Converts a number that is written as text. */
const whole = (value: unknown): unknown => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)

const setting =
  (key: string, read: (value: unknown) => unknown = (value) => value) =>
  (value: unknown): Said => ({ ssh: { [key]: read(value) } })

/** Accepts a variable only with the values that match what provision does anyway. */
const only =
  (why: string, ...values: readonly unknown[]) =>
  (value: unknown): Said =>
    values.includes(typeof value === 'string' ? value.toLowerCase() : value) ? {} : { wrong: why }

const password = (key: string) => (): Said => ({
  wrong: `is a password, which does not belong in a file: write "ssh": { "${key}": "ask" } beside "groups"`,
})

/** ssh options that have an equivalent setting. */
const OPTIONS: readonly (readonly [RegExp, (found: string) => Record<string, unknown> | undefined])[] = [
  [/^(?:-J|-o\s*ProxyJump[= ])\s*["']?([^\s"']+)["']?/i, (jump) => ({ proxyJump: jump })],
  [
    /^-o\s*["']?StrictHostKeyChecking[= ]["']?(accept-new|yes)["']?/i,
    (word) => (word === 'yes' ? {} : { hostKeyCheck: word }),
  ],
  [/^-o\s*["']?ConnectTimeout[= ]["']?(\d+)["']?/i, (seconds) => ({ connectTimeout: Number(seconds) })],
  [/^-o\s*["']?ServerAliveInterval[= ]["']?(\d+)["']?/i, (seconds) => ({ keepalive: Number(seconds) })],
  [/^-i\s*["']?([^\s"']+)["']?/, (file) => ({ identityFile: file })],
  // Connection sharing: provision uses one connection per host anyway.
  [/^-o\s*["']?Control(?:Master|Persist|Path)[= ]["']?([^\s"']+)["']?/i, () => ({})],
]

function options(value: unknown): Said {
  const ssh: Record<string, unknown> = {}
  for (let rest = String(value).trim(); rest !== ''; ) {
    const found = OPTIONS.map(([pattern, says]) => ({ match: pattern.exec(rest), says })).find(({ match }) => match)
    if (!found?.match) return { wrong: `has options that provision takes from ~/.ssh/config: write ${rest} there` }
    Object.assign(ssh, found.says(present(found.match[1])))
    rest = rest.slice(found.match[0].length).trim()
  }
  return { ssh }
}

const CONNECTIONS: Readonly<Record<string, Said>> = {
  ssh: {},
  smart: {},
  paramiko: {},
  paramiko_ssh: {},
  local: { ssh: { transport: 'local' } },
}

const connection = (value: unknown): Said =>
  CONNECTIONS[String(value)] ?? { wrong: 'must be ssh or local: provision has no other connections' }

const address = (value: unknown): Said => ({ address: value })

/** Ansible's own variables that are converted. If two set the same, the later one wins. */
const TAKEN: Readonly<Record<string, (value: unknown) => Said>> = {
  ansible_group_priority: () => ({}),
  ansible_connection: connection,
  ansible_ssh_host: address,
  ansible_host: address,
  ansible_ssh_port: setting('port', whole),
  ansible_port: setting('port', whole),
  ansible_ssh_user: setting('user'),
  ansible_user: setting('user'),
  ansible_private_key_file: setting('identityFile'),
  ansible_ssh_private_key_file: setting('identityFile'),
  ansible_ssh_timeout: setting('connectTimeout', whole),
  ansible_timeout: setting('connectTimeout', whole),
  ansible_ssh_retries: setting('retries', whole),
  ansible_ssh_args: options,
  ansible_ssh_common_args: options,
  ansible_ssh_extra_args: options,
  ansible_become: only(
    'must be true: provision always works as root, through sudo if the login is not root',
    true,
    'true',
    'yes',
    1,
  ),
  ansible_become_user: only('must be root: provision always works as root', 'root'),
  ansible_become_method: only('must be sudo: provision becomes root by sudo', 'sudo'),
  ansible_password: password('password'),
  ansible_ssh_pass: password('password'),
  ansible_ssh_password: password('password'),
  ansible_become_pass: password('sudoPassword'),
  ansible_become_password: password('sudoPassword'),
  ansible_sudo_pass: password('sudoPassword'),
}

/** Is it one of Ansible's own variables that has a meaning here? */
export const isTaken = (name: string): boolean => Object.hasOwn(TAKEN, name)

/** What is wrong with one of Ansible's own variables; templates and vault values cannot be converted. */
export const takenFault = (name: string, { value }: Variable): string | undefined => {
  const said = TAKEN[name]?.(value)
  return said && 'wrong' in said ? said.wrong : undefined
}

/** How to connect to a host, given its final variables. */
export function connectionOf(vars: Variables): Connection {
  const ssh: Record<string, unknown> = {}
  let found: unknown
  for (const [name, take] of Object.entries(TAKEN)) {
    const variable = vars.get(name)
    const said = variable && take(variable.value)
    if (!said || 'wrong' in said) continue
    Object.assign(ssh, said.ssh)
    if ('address' in said) found = said.address
  }
  return { ...(found === undefined ? {} : { address: found }), ssh }
}
