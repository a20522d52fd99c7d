/** Settings as Consul's own configuration writes them. */
export type Settings = Readonly<Record<string, unknown>>

/** What `settings` must not say, by its path, and why. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  enable_script_checks: 'lets whoever reaches the HTTP port run commands on the host; enable_local_script_checks does not',
  bootstrap: 'makes a cluster of its own of every server that has it; the servers of the inventory are counted',
  bootstrap_expect: 'is the number of servers in the inventory',
  retry_join: 'is all servers of the inventory',
  start_join: 'is all servers of the inventory',
  server: 'is so on hosts with the recipe consul-server',
  datacenter: 'is a variable of its own',
  node_name: "is the host's name in the inventory",
  data_dir: 'is the variable dataDir',
  bind_addr: 'is the privateAddress of the host',
  advertise_addr: 'is the privateAddress of the host',
  client_addr: 'is the variable clientAddresses',
  encrypt: 'is a secret: the variable encrypt',
  'acl.tokens': 'are secrets: the variable acl.tokens',
  leave_on_terminate: 'stays false: an agent that leaves takes the services of its host, or a vote, with it at every restart',
}

const isObject = (value: unknown): value is Settings => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Why settings may not be so: one clause about the first of those that are in the way. */
export function forbidden(settings: Settings): string | undefined {
  for (const [path, why] of Object.entries(FORBIDDEN)) {
    const found = path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), settings)
    if (found !== undefined) return `"${path}" cannot be set here: it ${why}`.replace('it are', 'they are')
  }
  return undefined
}

/** The one over the other: objects are united, all else is replaced. */
export function merge(below: Settings, above: Settings): Settings {
  const out: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const known = out[key]
    out[key] = isObject(known) && isObject(value) ? merge(known, value) : value
  }
  return out
}
