import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { healthOf } from '../../src/engine/health.ts'
import { type Cluster, type Health, type Net, PORTS, TransportError } from '../../src/index.ts'
import { recipesOf } from '../../src/model/recipes-of.ts'
import { fakeKeeper } from '../support/fake-keeper.ts'
import { paths } from '../support/fake-net.ts'
import { type Asked, httpPeer, type Said } from '../support/http-peer.ts'

const recorded = (name: string): string =>
  readFileSync(new URL(`../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')
const metrics = JSON.parse(recorded('metrics-leader'))

/** Who listens at an address: opens a connection to it. `hung`: it is accepted, and nothing is ever answered. */
export type Peer = () => Promise<Duplex>
export const hung: Peer = httpPeer(() => undefined)
/** The host is off: no packet comes back. */
export const off: Peer = () => new Promise(() => undefined)
const refuses = (at: string): Promise<Duplex> =>
  Promise.reject(new TransportError('refused', `${at} refused the connection`))

/** What hosts print for probes: the first member whose name is in the script. */
export type Reads = Readonly<Record<string, string>>

/** A cluster's daemons. Addresses on the loopback begin with the host's name: `s-1/127.0.0.1:8500`. */
export interface World {
  readonly peers: Readonly<Record<string, Peer | undefined>>
  readonly reads: Readonly<Record<string, Reads>>
}

export const MASTERS = ['m-1', 'm-2', 'm-3'] as const
export const SLAVES = ['s-1', 's-2'] as const
const ip = (name: string): string => `10.0.0.${(name.startsWith('m') ? 10 : 20) + Number(name.slice(2))}`

/** One entry for each of some hosts. */
export const each = <T>(names: readonly string[], one: (name: string) => Readonly<Record<string, T>>) =>
  Object.assign({}, ...names.map(one)) as Readonly<Record<string, T>>

export const at = (name: string, port: number): string => `${ip(name)}:${port}`
export const answers = (said: Readonly<Record<string, Said | string | ((asked: Asked) => Said)>>): Peer =>
  httpPeer(paths(said))

const NOW = 1_800_000_000_000
/** The registrar's probe. */
export const registrarSays = (more: object = {}): string =>
  `active\n${NOW}\n${JSON.stringify({ time: NOW, lastSuccess: NOW - 5000, attached: true, marathon: '', consul: '', serving: 2, draining: 0, problems: [], ...more })}\n`

const agent = (name: string) => ({
  ...JSON.parse(recorded('slaves')).slaves[0],
  id: name,
  hostname: ip(name),
  pid: `slave(1)@${at(name, 5051)}`,
  active: true,
  deactivated: false,
})
const FRAMEWORKS = JSON.parse(recorded('frameworks'))
const FRAMEWORK = FRAMEWORKS.get_frameworks.frameworks[0].framework_info.id.value
const slaves = { slaves: SLAVES.map(agent), recovered_slaves: [] }

/** A master that leads, follows, or knows no leader. */
export const master = (is: 'leader' | 'follower' | 'no leader'): Peer => {
  const others = is === 'follower' ? { status: 307, headers: { Location: `//${at('m-1', 5050)}` } } : { status: 503 }
  const leads = is === 'leader'
  return answers({
    '/metrics/snapshot': {
      body: leads
        ? { ...metrics, 'registrar/log/ensemble_size': 3, 'master/slaves_active': 2 }
        : { 'master/elected': 0, 'registrar/log/recovered': 1 },
    },
    '/slaves': leads ? { body: slaves } : others,
    '/api/v1': leads ? { body: FRAMEWORKS } : others,
    '/redirect': leads ? { status: 307, headers: { Location: `//${at('m-1', 5050)}` } } : others,
  })
}

export const marathon = (is: 'leader' | 'standby'): Peer =>
  answers({
    '/v2/info': {
      body: { leader: at('m-1', 8080), version: '1.11.26', frameworkId: FRAMEWORK },
      headers: is === 'leader' ? {} : { 'X-Marathon-Via': '1.1 x' },
    },
  })

const server = (name: string) => ({
  ID: name,
  Name: name,
  Address: at(name, 8300),
  SerfStatus: 'alive',
  Leader: name === 'm-1',
  LastContact: '10ms',
  LastIndex: 100,
  Healthy: true,
  Voter: true,
})
const member = (name: string) => ({ Name: name, Addr: ip(name), Status: 1, Tags: { role: 'consul', id: name } })
const consul = (name: string): Peer =>
  answers({
    '/v1/status/leader': { body: JSON.stringify(at('m-1', 8300)) },
    '/v1/operator/autopilot/health': { body: { Healthy: true, FailureTolerance: 1, Servers: MASTERS.map(server) } },
    '/v1/agent/self': { body: { Config: { NodeID: name }, Stats: { raft: { applied_index: '100' } } } },
    '/v1/agent/members': { body: [...MASTERS, ...SLAVES].map(member) },
    [`/v1/catalog/node/${name}`]: { body: { Node: { ID: name, Address: ip(name) } } },
  })

const STATS = readFileSync(new URL('../clients/answers/haproxy-stats-2.6.csv', import.meta.url), 'utf8').split('\n')[0]

/** All is well. */
export const WELL: World = {
  peers: {
    ...each<Peer>([...MASTERS, ...SLAVES], (name) => ({ [`${name}/127.0.0.1:8500`]: consul(name) })),
    ...each<Peer>(MASTERS, (name) => ({
      [at(name, 2181)]: async () => fakeKeeper(name === 'm-1' ? 'leader' : 'follower'),
      [at(name, 5050)]: master(name === 'm-1' ? 'leader' : 'follower'),
      [at(name, 8080)]: marathon(name === 'm-1' ? 'leader' : 'standby'),
      [at(name, 8300)]: hung,
    })),
    ...each<Peer>(SLAVES, (name) => ({
      [at(name, 5051)]: answers({ '/metrics/snapshot': { body: {} } }),
      [`${name}/127.0.0.1:${PORTS.haproxyStats}`]: answers({ '/;csv': { body: `${STATS}\n` } }),
    })),
  },
  reads: {},
}

const USUAL: Reads = {
  '_backend be_': `active\n1800000000\n${JSON.stringify({ time: 1_800_000_000, ok: true, message: '', since: 1_800_000_000 })}\n\n`,
  'command -v docker': '20.10.24 3\n',
  'consul-template': 'active\nSun\n',
  'provision-registrar': registrarSays(),
}

/** The network and the probes of one host. */
function netIn({ peers, reads }: World, name: string): Net {
  return {
    async read({ text }) {
      const all = { ...USUAL, ...reads[name] }
      const found = Object.keys(all).find((word) => text.includes(word))
      return found === undefined ? '' : (all[found] ?? '')
    },
    async dial(address, port) {
      const key = address === '127.0.0.1' ? `${name}/127.0.0.1:${port}` : `${address}:${port}`
      return (peers[key] ?? (() => refuses(`${address}:${port}`)))()
    },
  }
}

/** What is red as `provision status` sees it, by `HOST COMPONENT`. */
export async function healthIn(cluster: Cluster, world: World): Promise<readonly (readonly [of: string, Health])[]> {
  const all = cluster.hosts.flatMap((host) =>
    recipesOf(host, cluster.roles)
      .filter(({ health }) => health !== undefined)
      .map(async (recipe) => {
        const health = await healthOf(recipe, host, cluster, netIn(world, host.name), (text) => text)
        return [`${host.name} ${recipe.name}`, health] as const
      }),
  )
  return (await Promise.all(all)).filter(([, { green }]) => !green)
}

/** What is red: `HOST COMPONENT: WHY`. */
export const redIn = async (cluster: Cluster, world: World): Promise<readonly string[]> =>
  (await healthIn(cluster, world)).map(([of, { says }]) => `${of}: ${says}`)

/** A world that differs from {@link WELL} in these. */
export const but = (peers: World['peers'], reads: Readonly<Record<string, Reads>> = {}): World => ({
  peers: { ...WELL.peers, ...peers },
  reads: { ...WELL.reads, ...reads },
})
