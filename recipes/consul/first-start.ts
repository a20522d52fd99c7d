import { command, consulPort, type InventoryHost, join, type Resource, render, sh, shFile } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

/**
 * What an agent's token must be allowed: to keep its node's entries, to see the others, and to ask how the servers are.
 */
const AGENT_RULES =
  'node_prefix "" { policy = "write" } service_prefix "" { policy = "read" } agent_prefix "" { policy = "read" } operator = "read"'

/** The policy of that token. */
const AGENT_POLICY = 'provision-agent'

/**
 * How often a new server asks for a leader, twice a second: the servers of a cluster are set up side by side, and the
 * slowest may be minutes behind. What is left would be a change of the next run.
 */
const SERVERS_TRIES = 300
const CLIENTS_TRIES = 60

/** JSON as a string of a curl configuration file. */
const curlString = (value: unknown): string => JSON.stringify(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')

/**
 * What is done once, after the first start of an agent without data. `before` that start the data gets a mark, `after`
 * it the mark is taken away.
 *
 * The name: a host that was made anew has another node id. Where it comes back before the others have noticed that its
 * old self is gone, they keep the old one under its name, as alive as the new one, and for ever ("Node name … is
 * reserved by node …"): nothing that the agent registers is seen. So the old node is struck off the catalogue, and the
 * new one comes in.
 *
 * The token: servers that are given both make the agents' token by the initial management token, all of them, and the
 * first one succeeds.
 */
export function firstStart(
  host: InventoryHost,
  { dataDir, acl }: Attributes,
  server: boolean,
): { readonly before: Resource; readonly after: Resource } {
  const id = `${dataDir}/node-id`
  const mark = `${dataDir}/.provision-new`
  const { initialManagement, agent, default: standard } = acl?.tokens ?? {}
  const token = initialManagement ?? agent ?? standard ?? 'none'
  const makesToken = server && initialManagement !== undefined && agent !== undefined
  const url = `http://127.0.0.1:${consulPort(host)}/v1`
  const policy = curlString({ Name: AGENT_POLICY, Rules: AGENT_RULES })
  const [head = '', tail = ''] = curlString({
    SecretID: '|',
    Description: 'agents',
    Policies: [{ Name: AGENT_POLICY }],
  }).split('|')
  const before = command('note that this agent is new', { creates: id, run: sh`touch ${mark}` })
  const after = command('the first start of this agent is complete', {
    // without a leader there is nobody to ask, and nothing to do yet
    unless: sh`[ -e ${id} ] && { [ ! -e ${mark} ] || case $(curl -s -m 5 ${url}/status/leader) in *:*) false ;; esac; }`,
    run: join([
      sh`
        url=${url} id=${id} mark=${mark} name=${host.name} address=${host.privateAddress}
        most=${server ? SERVERS_TRIES : CLIENTS_TRIES} makes_token=${String(makesToken)}
        policy=${policy} head=${head} tail=${tail} node_name=${curlString({ Node: host.name })}`,
      shFile(import.meta.url, './first-start.sh'),
    ]),
    stdin: render('consul/tokens.ejs', { token, agent: agent ?? 'none' }),
  })
  return { before, after }
}
