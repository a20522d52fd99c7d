// What `status` says of a whole cluster in which a quorum, a leader or a login is missing: each sentence in time, red
// where something is wrong, and about nobody of whom nothing is known.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stack } from '../recipes/support.ts'
import { fakeKeeper } from '../support/fake-keeper.ts'
import {
  answers,
  at,
  but,
  each,
  hung,
  MASTERS,
  master,
  off,
  type Peer,
  redIn,
  registrarSays,
  SLAVES,
  WELL,
  type World,
} from './world.ts'

const test = suite('status: who is away')
const on = (names: readonly string[], port: number, peer: Peer | undefined): World['peers'] =>
  each<Peer | undefined>(names, (name) => ({ [at(name, port)]: peer }))
const agents = (names: readonly string[], said: Peer): World['peers'] =>
  each<Peer>(names, (name) => ({ [`${name}/127.0.0.1:8500`]: said }))
const registrars = (more: object): World['reads'] =>
  each(SLAVES, (name) => ({ [name]: { 'provision-registrar': registrarSays(more) } }))
const templates = (says: string): World['reads'] =>
  each(SLAVES, (name) => ({ [name]: { 'consul-template': `active\nSun\n${says}\n` } }))
const all = (names: readonly string[], says: string): readonly string[] => names.map((name) => `${name} ${says}`)

const LEADERLESS = answers({ '/v1/status/leader': { body: '""' } })
const NOBODY = 'no master answers as the leader'
const KNOW_NONE = `${NOBODY}: m-1 knows no leader; m-2 knows no leader; m-3 knows no leader`
const SILENT = `${NOBODY}: ${MASTERS.map((name) => `${name}: GET /slaves: no answer within 5 s`).join('; ')}`

/** Neither ZooKeeper nor what needs it. */
const withoutKeepers = (keeper: Peer | undefined): World =>
  but({ ...on(MASTERS, 2181, keeper), ...on(MASTERS, 5050, master('no leader')), ...on(MASTERS, 8080, undefined) })
const fallsWith = (zookeeper: string): readonly string[] => [
  ...all(MASTERS, `zookeeper: ${zookeeper}`),
  ...all(MASTERS, 'mesos-master: knows no leader; no ZooKeeper serves'),
  ...all(MASTERS, 'marathon: not running: port 8080 refuses; no ZooKeeper serves'),
  ...all(SLAVES, `mesos-agent: ${KNOW_NONE}`),
]
const CASES: readonly (readonly [what: string, world: World, red: readonly string[]])[] = [
  ['nobody', WELL, []],
  [
    'the leader of Marathon',
    but(
      on(MASTERS, 8080, answers({ '/v2/info': { status: 503 } })),
      registrars({ marathon: '10.0.0.13:8080: it answered 503', attached: false }),
    ),
    [
      ...all(MASTERS, 'marathon: no Marathon leads just now'),
      ...all(SLAVES, 'registrar: Marathon cannot be asked: 10.0.0.13:8080: it answered 503 (frozen: 2 tasks serve)'),
    ],
  ],
  [
    'the leader of Mesos',
    but(on(MASTERS, 5050, master('no leader'))),
    [
      ...all(MASTERS, 'mesos-master: knows no leader'),
      `m-1 marathon: leader, and ${KNOW_NONE}`,
      ...all(SLAVES, `mesos-agent: ${KNOW_NONE}`),
    ],
  ],
  [
    'two masters of Mesos, whose hosts are off; the third leads',
    but({ ...on(['m-1', 'm-2'], 5050, off), [at('m-3', 5050)]: master('leader') }),
    all(['m-1', 'm-2'], 'mesos-master: GET /metrics/snapshot: no answer within 6 s'),
  ],
  [
    'all masters of Mesos: they hang',
    but(on(MASTERS, 5050, hung)),
    [
      ...all(MASTERS, 'mesos-master: GET /metrics/snapshot: no answer within 6 s'),
      `m-1 marathon: leader, and ${SILENT.replaceAll('GET /slaves', 'POST /api/v1')}`,
      ...all(SLAVES, `mesos-agent: ${SILENT}`),
    ],
  ],
  [
    'the quorum of ZooKeeper',
    withoutKeepers(async () => fakeKeeper('in no quorum')),
    fallsWith('up, but in no quorum'),
  ],
  ['all of ZooKeeper', withoutKeepers(undefined), fallsWith('not running: port 2181 refuses')],
  ['all of ZooKeeper: they hang', withoutKeepers(hung), fallsWith('no answer to srvr within 5 s')],
  [
    'the leader of Consul',
    but(agents([...MASTERS, ...SLAVES], LEADERLESS), templates('health.service(web): 500 (No cluster leader)')),
    [
      ...all(MASTERS, 'consul-server: up, but the servers have no leader'),
      ...all(SLAVES, 'consul: the servers have no leader'),
      ...all(SLAVES, 'consul-template: Consul does not answer it: health.service(web): 500 (No cluster leader)'),
    ],
  ],
  [
    'the quorum of Consul, as two hosts are off',
    but({
      ...agents(['m-1', ...SLAVES], LEADERLESS),
      ...on(['m-2', 'm-3'], 8300, off),
      ...agents(['m-2', 'm-3'], off),
    }),
    [
      'm-1 consul-server: up, but the servers have no leader',
      ...['consul', 'consul-server'].flatMap((component) =>
        all(['m-2', 'm-3'], `${component}: GET /v1/status/leader: no answer within 5 s`),
      ),
      ...all(SLAVES, 'consul: the servers have no leader'),
    ],
  ],
]

/** All at once, since most of it is waiting. */
const said = CASES.map(([, world]) => redIn(stack(), world))

for (const [i, [what, , red]] of CASES.entries())
  test(`away: ${what}`, async () => assert.equal([...((await said[i]) ?? [])].sort(), [...red].sort()))

test.run()
