import { type Cluster, type Host, type Net, type Refusal, type Script, type Secret, type Step, sh } from '../../src/index.ts'
import { vars } from './cluster.ts'
import { CONFIG, SECRETS } from './config.ts'

/** How a setting of consul.json changes in a diff: from one value to another, undefined where it does not. */
export function changed(steps: readonly Step[], setting: string): { readonly from: string; readonly to: string } | undefined {
  const diff = steps
    .filter(({ name }) => name === CONFIG)
    .flatMap(({ changes }) => changes.map((c) => c.diff ?? ''))
    .join('\n')
  const value = (sign: string): string | undefined => new RegExp(`^[${sign}].*"${setting}"\\s*:\\s*"([^"]*)"`, 'm').exec(diff)?.[1]
  const [from, to] = [value('-'), value('+')]
  return from === undefined || to === undefined || from === to ? undefined : { from, to }
}

/**
 * sh that says how the agent's own keyring, which wins over its configuration, fits the wanted gossip key: `new` (there is no agent's data yet),
 * `none` (it runs without a key), `has` (it has the key), `other`.
 */
export const keyring = (dataDir: string, encrypt: Secret): Script => sh`
  wanted=${encrypt} keyring=${dataDir}/serf/local.keyring
  if [ ! -d ${dataDir}/serf ]; then echo new
  elif [ ! -s "$keyring" ]; then echo none
  else case $(cat "$keyring") in *"\"$wanted\""*) echo has ;; *) echo other ;; esac
  fi`

const TO_DO = 'See "To change the gossip key" in the documents.'

/** What must not be applied: another datacenter or data directory under a running agent, a gossip key that would shut it out. */
export async function refuse(host: Host, _cluster: Cluster, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = []
  const datacenter = changed(steps, 'datacenter')
  if (datacenter !== undefined)
    refusals.push({
      refusal: 'consul-datacenter',
      reason: `The datacenter would change from ${datacenter.from} to ${datacenter.to}: an agent does not join what is in another datacenter than its data.`,
      remedy: `Set vars.consul.datacenter to ${datacenter.from}, or give all agents empty data directories.`,
      changes: [],
    })
  const data = changed(steps, 'data_dir')
  if (data !== undefined)
    refusals.push({
      refusal: 'consul-data',
      reason: `The data directory would change from ${data.from} to ${data.to}, and what is in it would be left behind.`,
      remedy: 'Stop the agent and move its data by hand, then allow it.',
      changes: [],
    })
  const { dataDir = '', encrypt } = vars(host)
  if (encrypt !== undefined && steps.some(({ name }) => name === SECRETS)) {
    const is = (await net.read(keyring(dataDir, encrypt))).trim()
    if (is === 'other')
      refusals.push({
        refusal: 'consul-encrypt',
        reason: 'The agent has another gossip key in its keyring: with a new one it would no longer hear the others.',
        remedy: `Rotate the key on the cluster while it runs, then set vars.consul.encrypt. ${TO_DO}`,
        changes: [],
      })
    if (is === 'none')
      refusals.push({
        refusal: 'consul-encrypt',
        reason: 'The agent runs without a gossip key: the first ones that have one would no longer hear the others.',
        remedy: `Turn it on in three steps. ${TO_DO}`,
        changes: [],
      })
  }
  return refusals
}
