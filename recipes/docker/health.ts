import {
  type Cluster,
  type Health,
  type InventoryHost,
  join,
  lastWords,
  marathonCredentials,
  marathonDial,
  marathonMember,
  type Net,
  reachFrom,
  sh,
} from '../../src/index.ts'
import { runs } from '../common/host.ts'
import { askAuthorities, endingAuthorities } from './registries.ts'

// its socket would start a stopped daemon, and a health check must not change anything
const PROBE = sh`
  if ! command -v docker >/dev/null; then echo absent
  elif ! systemctl -q is-active docker.service; then echo stopped
  else timeout 8 docker info --format '{{.ServerVersion}} {{.ContainersRunning}}' 2>&1 || echo 'docker does not answer'
  fi`

/**
 * Docker's health, and that of its registries' CAs. A host with the leading Marathon is rolled last, because that
 * Marathon ends with Docker.
 */
export async function health(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  const answer = await net.read(join([askAuthorities(host), PROBE]))
  const line = answer.trim().split('\n').at(-1) ?? ''
  if (line === 'absent') return { green: false, down: true, says: 'not installed' }
  if (line === 'stopped') return { green: false, down: true, says: `not running${await lastWords(net, 'docker')}` }
  const [, version, count] = /^(\d\S*) (\d+)$/.exec(line) ?? []
  if (version === undefined) return { green: false, says: line }
  const well = `${version}, ${count} ${count === '1' ? 'container' : 'containers'}`
  const leads = (await leadsMarathon(host, cluster, net)) ? { leads: true } : {}
  const { says, red } = endingAuthorities(host, answer, Date.now() / 1000)
  return says === ''
    ? { green: true, says: well, ...leads }
    : { green: !red, outside: true, says: `${well}; ${says}`, ...leads }
}

async function leadsMarathon(host: InventoryHost, cluster: Cluster, net: Net): Promise<boolean> {
  if (!runs(cluster, host, 'marathon')) return false
  try {
    return (await marathonMember(marathonDial(host, reachFrom(net)), marathonCredentials(cluster))).is === 'leader'
  } catch {
    return false
  }
}
