import { command, consulPort, type InventoryHost, type Resource, render, sh } from '../../src/index.ts'
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
    run: sh`
      read -r token agent || :
      tries=0 most=${server ? SERVERS_TRIES : 60} struck=
      again() {
        tries=$((tries + 1))
        [ "$tries" -le "$most" ] || return 1
        sleep .5
      }
      # a token is nobody else's business: it comes as curl's configuration, on its standard input
      ask() { curl -s -m 10 -K - "$@"; }
      as() { printf 'header = "X-Consul-Token: %s"\n' "$1"; }
      until case $(curl -s -m 5 ${url}/status/leader) in *:*) true ;; *) false ;; esac; do
        again || { echo 'no leader yet: left for the next run'; exit 0; }
      done
      tries=0 most=120
      if ${makesToken ? 'true' : 'false'}; then
        until as "$agent" | ask -f -o /dev/null ${`${url}/acl/token/self`}; do
          again || { echo 'the token of the agents could not be made' >&2; exit 1; }
          { as "$token"; printf 'request = PUT\ndata = "%s"\n' ${policy}; } | ask -o /dev/null ${`${url}/acl/policy`} || :
          { as "$token"; printf 'request = PUT\ndata = "%s%s%s"\n' ${head} "$agent" ${tail}; } | ask -o /dev/null ${`${url}/acl/token`} || :
        done
      fi
      word() { sed -n 's/.*"Node":{[^{}]*"'"$1"'":"\([^"]*\)".*/\1/p'; }
      while :; do
        node=$(as "$token" | ask ${`${url}/catalog/node/${host.name}`}) || node= # it is being restarted
        other=$(printf '%s' "$node" | word ID) at=$(printf '%s' "$node" | word Address)
        if [ "$other" = "$(cat ${id})" ]; then break; fi
        # it is not there yet, or its place is taken
        if [ -z "$other" ]; then [ -n "$struck" ] || break; fi
        again || { echo "node $other at $at has the name of this one: are there two?" >&2; exit 1; }
        if [ "$at" = ${host.privateAddress} ]; then
          struck=yes
          echo "the catalogue still has the node $other that was here before: it is struck off"
          { as "$token"; printf 'request = PUT\ndata = "%s"\n' ${curlString({ Node: host.name })}; } | ask -o /dev/null ${`${url}/catalog/deregister`} || :
          systemctl restart consul # turned away, it would only ask again in half a minute
        fi
      done
      rm -f ${mark}`,
    stdin: render('consul/tokens.ejs', { token, agent: agent ?? 'none' }),
  })
  return { before, after }
}
