import { command, consulPort, type InventoryHost, join, type Resource, render, sh, shFile } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

/**
 * The permissions of an agent's token: updating its node's entries, reading the others, and reading the servers'
 * health.
 */
const AGENT_RULES =
  'node_prefix "" { policy = "write" } service_prefix "" { policy = "read" } agent_prefix "" { policy = "read" } operator = "read"'

/** The name of that token's policy. */
const AGENT_POLICY = 'provision-agent'

/**
 * How often a new server looks for a leader, twice a second: a cluster's servers are set up concurrently, and the
 * slowest may take minutes longer. The next run does whatever is left.
 */
const SERVERS_TRIES = 300
const CLIENTS_TRIES = 60

/** A JSON value as a string in a curl configuration file. */
const curlString = (value: unknown): string => JSON.stringify(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')

/**
 * Work to do once, after the first start of an agent without data. `before` that start, the data gets a mark; `after`
 * it, the mark is removed.
 *
 * The name: a recreated host has another node id. If it comes back before the others have noticed that its old self is
 * gone, they keep the old node under its name, as alive as the new one, for ever ("Node name … is reserved by node …"),
 * and nothing that the agent registers is visible. So this removes the old node from the catalogue, which lets the new
 * one in.
 *
 * The token: every server that has both tokens uses the initial management token to create the agents' token, and the
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
    // without a leader, no request can succeed, and there is nothing to do yet
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
