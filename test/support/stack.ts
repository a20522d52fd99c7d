/**
 * The whole cluster on sandbox hosts: masters and slaves as the roles of those names make them, and the Rails app on
 * it. Mesos and Marathon are stand-ins, unless real ones are given.
 */
import assert from 'node:assert/strict'
import type { Test } from 'uvu'
import { role as mesosMaster } from '../../roles/mesos-master.ts'
import { role as mesosSlave } from '../../roles/mesos-slave.ts'
import {
  type App,
  type Cluster,
  createTransport,
  type DeployEvent,
  type DeployOptions,
  type DeployResult,
  type DeployRun,
  deploy,
  parseApp,
  parseInventory,
  type RunEvent,
  type RunResult,
  scale,
  status,
} from '../../src/index.ts'
import type { Sandbox, SandboxHost } from '../../src/sandbox/index.ts'
import { type SuiteArtifacts, withArtifacts } from './artifacts.ts'
import { withHosts } from './hosts.ts'
import { type Client, inShare, type Load, startLoad } from './load.ts'
import { ask } from './load-balancer.ts'
import { ok } from './mesos.ts'
import { imageId } from './parts/docker-archive.ts'
import { railsDefinition } from './rails-app.ts'
import { random, seed } from './random.ts'
import { type Sources, sourcesOf } from './sources.ts'
import { until } from './until.ts'
import { apply, finish, memory, outcomes, reasons } from './zookeeper.ts'

const MASTERS = ['master-1', 'master-2', 'master-3']
const SLAVES = ['slave-1', 'slave-2']
const ROLES = new Map([mesosMaster, mesosSlave].map((role) => [role.name, role]))

/** The Debian of the hosts: 12, or what PROVISION_RELEASE says. */
export const RELEASE = process.env.PROVISION_RELEASE === '13' ? '13' : '12'
/** As in test/sandbox/mesos.test.ts, where the release boots on that. */
const SLAVE = RELEASE === '12' ? { unified: false } : {}

type Vars = Readonly<Record<string, object>>

/** What an app's version is told to be, beside what all have. */
export interface Version {
  /** `/rails-app` where there is one app. */
  readonly id?: string
  readonly version: string
  readonly labels?: Readonly<Record<string, string>>
  readonly instances?: number
  readonly env?: Readonly<Record<string, string>>
  readonly constraints?: readonly (readonly string[])[]
}

/** The Rails app as its app file would have it. */
export const railsApp = ({
  instances = 4,
  constraints = [['hostname', 'MAX_PER', '6']],
  ...version
}: Version): Promise<App> =>
  parseApp(JSON.stringify(railsDefinition({ instances, constraints, ...version })), { path: 'rails-app.json' })

/** Reads who answered: `HOST VERSION`. */
const responder = (body: string): string | undefined => {
  const [, version, host] = /^hello (\S+) task \S+ on (\S+)/.exec(body) ?? []
  return version === undefined ? undefined : `${host} ${version}`
}

/** The whole cluster, for a suite. */
export interface Stack {
  readonly box: Sandbox
  host(name: string): SandboxHost
  readonly masters: readonly SandboxHost[]
  readonly slaves: readonly SandboxHost[]
  /** The cluster, with these variables for all hosts. */
  cluster(vars?: Vars): Promise<Cluster>
  /** Converges it, or some of it, and expects that to succeed. */
  converge(
    vars?: Vars,
    only?: readonly string[],
    allow?: readonly string[],
  ): Promise<RunResult & { readonly events: readonly RunEvent[] }>
  /** Makes a version live; the image comes from its file. */
  deploys(
    version: Version,
    options?: Omit<DeployOptions, 'transport'>,
    on?: (event: DeployEvent) => unknown,
  ): Promise<DeployResult>
  scales(instances: number, id?: string): Promise<DeployResult>
  /** Waits until every component of every host is green. */
  green(seconds?: number): Promise<void>
  /** The slaves whose own containers answer, for each slave that was asked so often: addresses, sorted. */
  answering(requests: number): Promise<Readonly<Record<string, readonly string[]>>>
  /** Requests through both HAProxies as a load balancer sends them. */
  load(rate?: number, host?: string): Client
  /** How the units of hosts run: `HOST UNIT` and what would be another after a restart. */
  processes(names: readonly string[]): Promise<Readonly<Record<string, string>>>
  /** The host whose Marathon leads. */
  leader(): Promise<SandboxHost>
  /** A new machine under the same name, bare. */
  reset(name: string): Promise<void>
  /** From now on the inventory has these hosts of the stack only, or some to leave, or a name on another one's machine. */
  wishes(wish: Wish): void
  /** How long each Marathon that is a stand-in takes to start is drawn anew. */
  slowMarathons(): Promise<void>
  /** What is drawn in this run is drawn from it. */
  readonly seed: number
}

const UNITS = [
  'zookeeper',
  'consul',
  'docker',
  'mesos-master',
  'marathon',
  'mesos-agent',
  'provision-registrar',
  'haproxy',
  'consul-template',
]

/** What is not green on these hosts, each as `HOST COMPONENT: WHY`. */
async function redIn(cluster: Cluster): Promise<readonly string[]> {
  const hosts = await status(cluster, { transport: createTransport() })
  return hosts.flatMap((one) =>
    'unreachable' in one
      ? [`${one.host}: ${one.unreachable}`]
      : one.components.filter(({ green }) => !green).map(({ component, says }) => `${one.host} ${component}: ${says}`),
  )
}

/** Who answers at an address that is asked so often, ten times at once: sorted. */
async function responders(address: string, requests: number): Promise<readonly string[]> {
  const who = new Set<string>()
  const lane = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) {
      const answer = await ask(address)
      who.add(/^200 hello \S+ task \S+ on (\S+)$/.exec(answer)?.[1] ?? answer)
    }
  }
  await Promise.all(Array.from({ length: 10 }, () => lane(requests / 10)))
  return [...who].toSorted()
}

/** How the units of a host run: `HOST UNIT` and what would be another after a restart. */
async function processesOf(host: SandboxHost): Promise<readonly (readonly [string, string])[]> {
  const shown = await ok(
    host,
    `for unit in ${UNITS.join(' ')}; do echo "$unit $(systemctl show -p MainPID --value $unit) $(systemctl show -p ActiveEnterTimestampMonotonic --value $unit)"; done`,
  )
  return shown.split('\n').map((line) => {
    const [unit = '', ...rest] = line.split(' ')
    return [`${host.name} ${unit}`, rest.join(' ')] as const
  })
}

/** The master whose Marathon leads, once there is one. */
async function leaderOf(masters: readonly SandboxHost[]): Promise<SandboxHost> {
  let leads: SandboxHost | undefined
  const askOf = async (each: SandboxHost): Promise<string> =>
    (await each.sh(`curl -sf -m 5 http://${each.address}:8080/v2/leader`)).stdout
  await until(
    'Marathon has a leader',
    async () => {
      const said = await Promise.all(masters.map((each) => askOf(each).catch(() => '')))
      // itself says so
      leads = masters.find(({ address }, i) => (said[i] ?? '').includes(`"leader":"${address}:`))
      return leads !== undefined
    },
    180,
    500,
  )
  return leads as SandboxHost
}

/** Follows a deployment to its end. */
async function ended(run: DeployRun, on: (event: DeployEvent) => unknown = () => undefined): Promise<DeployResult> {
  for await (const event of run) on(event)
  return run.result
}

/** What the inventory has of the hosts of a stack. */
export interface Wish {
  readonly hosts: readonly string[]
  readonly retire?: readonly string[]
  /** Names, each with the host that is its machine. */
  readonly at?: Readonly<Record<string, string>>
}

/** What a suite's hosts are: masters and slaves, and the variables of single ones. */
interface Members {
  readonly masters: readonly string[]
  readonly slaves: readonly string[]
  readonly own: Readonly<Record<string, Vars>>
}

/** The inventory of these hosts. @param all variables by recipe, the later ones beside or instead of the earlier */
function inventoryOf(
  { masters, slaves, own }: Members,
  { hosts: wanted, retire = [], at = {} }: Wish,
  host: (name: string) => SandboxHost,
  image: Vars,
  all: readonly (readonly [recipe: string, vars: object])[],
): Cluster {
  const entry = (name: string) => {
    const id = masters.indexOf(name) + 1
    const isSlave = slaves.includes(name)
    const roles = [...(id > 0 ? ['mesos-master'] : []), ...(isSlave ? ['mesos-slave'] : [])]
    const vars = { ...(id > 0 ? { zookeeper: { id } } : {}), ...(isSlave ? image : {}), ...own[name] }
    const { address, user, identityFile, hostKey } = host(at[name] ?? name)
    const leaves = retire.includes(name) ? { retire: true } : {}
    return [name, { address, roles, ...leaves, ssh: { user, identityFile, hostKey, connectTimeout: 30 }, vars }]
  }
  const vars: Record<string, object> = {}
  for (const [recipe, more] of all) vars[recipe] = { ...vars[recipe], ...more }
  const hosts = Object.fromEntries(wanted.map(entry))
  return parseInventory(JSON.stringify({ vars, hosts }), { path: 'inventory.json', roles: ROLES })
}

/** The variables of slaves that name the app's image. */
async function imageVars(artifacts: SuiteArtifacts): Promise<Vars> {
  const { file, url, sha256 } = await artifacts.part('rails')
  return { docker: { images: [{ name: 'rails-app:1', id: await imageId(file), source: url, sha256 }] } }
}

/** Makes the cluster of these hosts, with variables for all of them. */
function clusters(
  members: Members,
  wish: () => Wish,
  host: (name: string) => SandboxHost,
  artifacts: SuiteArtifacts,
  ownImage: boolean,
): (vars?: Vars) => Promise<Cluster> {
  let sources: Promise<Sources> | undefined
  return async (vars = {}) => {
    sources ??= sourcesOf(artifacts)
    return inventoryOf(members, wish(), host, ownImage ? await imageVars(artifacts) : {}, [
      ['base', { timeSync: 'none' }],
      ['zookeeper', { heapMb: 128 }],
      ...Object.entries(await sources),
      ['consul', { datacenter: 'test' }],
      ...Object.entries(vars),
    ])
  }
}

/**
 * A Marathon that is a stand-in takes so many seconds to start on a host from now on, at random within what the real one
 * takes. The real one is as it is.
 */
const slowStart =
  (next: () => number, [least, most]: readonly [least: number, most: number]) =>
  async (host: SandboxHost): Promise<void> => {
    const seconds = (least + next() * (most - least)).toFixed(1)
    await ok(host, `mkdir -p /etc/marathon && echo ${seconds} >/etc/marathon/stand-in-start`)
  }

/** What is wished, and on which machines the hosts are then. */
function wishes(first: Wish, host: (name: string) => SandboxHost) {
  let wish = first
  return {
    now: () => wish,
    are: (next: Wish): void => {
      wish = next
    },
    machines: (names: readonly string[]): readonly SandboxHost[] =>
      names.filter((name) => wish.hosts.includes(name)).map((name) => host(wish.at?.[name] ?? name)),
  }
}

/** Waits until nothing is red. */
const allGreen = (cluster: Cluster, seconds: number): Promise<void> =>
  until(
    'every component is green',
    async () => {
      const red = await redIn(cluster)
      if (red.length > 0) throw new Error(red.join('; '))
      return true
    },
    seconds,
    1000,
  )

/** What is run on a cluster, and what runs there. */
function runsOn(
  cluster: Stack['cluster'],
  artifacts: SuiteArtifacts,
  host: Stack['host'],
): Pick<Stack, 'converge' | 'deploys' | 'scales' | 'green' | 'processes'> {
  const facts = memory()
  return {
    async converge(vars, only, allow = []) {
      const result = await finish(apply, await cluster(vars), facts, { allow, ...(only === undefined ? {} : { only }) })
      assert.equal(result.exitCode, 0, reasons(result))
      return result
    },
    async deploys(version, options = {}, on) {
      const image = (await artifacts.part('rails')).file
      return ended(
        deploy(await cluster(), { app: await railsApp(version), image }, { transport: createTransport(), ...options }),
        on,
      )
    },
    scales: async (instances, id = '/rails-app') =>
      ended(scale(await cluster(), id, instances, { transport: createTransport() })),
    green: async (seconds = 180) => allGreen(await cluster(), seconds),
    processes: async (names) =>
      Object.fromEntries((await Promise.all(names.map((name) => processesOf(host(name))))).flat()),
  }
}

/**
 * Gives a suite these masters and slaves, bare, and what they are made from; a host may be both. `ownImage`: the
 * slaves' inventory names the app's image, so that one that is made anew has it without a deployment. `own`: variables
 * of single hosts. `starts`: seconds within which a Marathon that is a stand-in starts.
 */
export async function withStack(
  test: Test<unknown>,
  url: string,
  {
    masters = MASTERS,
    slaves = SLAVES,
    ownImage = false,
    own = {} as Readonly<Record<string, Vars>>,
    starts = [10, 50] as readonly [least: number, most: number],
  } = {},
): Promise<Stack> {
  const names = [...new Set([...masters, ...slaves])]
  const { box, host } = await withHosts(
    test,
    url,
    names.map((name) => ({ name, ...(slaves.includes(name) ? SLAVE : {}), release: RELEASE })),
  )
  const artifacts = withArtifacts(test, box, ['consul', 'consul-template', 'mesos', 'marathon', 'rails'])
  const drawn = seed()
  const slow = slowStart(random(drawn), starts)
  const closing: (() => unknown)[] = []
  test.after(async () => void (await Promise.all(closing.map((close) => close()))))
  const wished = wishes({ hosts: names }, host)
  const cluster = clusters({ masters, slaves, own }, wished.now, host, artifacts, ownImage)
  const stack: Stack = {
    box,
    host,
    get masters() {
      return wished.machines(masters)
    },
    get slaves() {
      return wished.machines(slaves)
    },
    wishes: wished.are,
    cluster,
    ...runsOn(cluster, artifacts, host),
    async answering(requests) {
      const found = stack.slaves.map(async ({ address }) => [address, await responders(address, requests)] as const)
      return Object.fromEntries(await Promise.all(found))
    },
    load(rate = inShare(80), host = 'www.example.com') {
      const client = startLoad({ targets: stack.slaves.map(({ address }) => address), rate, host, responder })
      closing.push(() => client.stop()) // also where the test fails
      return client
    },
    async reset(name) {
      await box.reset(name)
      if (masters.includes(name)) await slow(host(name))
    },
    slowMarathons: async () => void (await Promise.all(stack.masters.map(slow))),
    seed: drawn,
    leader: () => leaderOf(stack.masters),
  }
  test.before(async () => {
    console.error(`PROVISION_SEED=${drawn}`)
    await stack.slowMarathons()
  })
  return stack
}

/** Nothing was lost, of so many at least. Says how long they took. */
export function nothingLost({ sent, lost, kinds, gaps, p50, p99, max }: Load, atLeast: number): void {
  console.error(`${sent} sent, ${lost} lost, p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms`)
  assert.deepEqual(kinds, {}, `${lost} of ${sent} lost: ${JSON.stringify({ kinds, gaps })}`)
  assert.ok(sent >= inShare(atLeast), `only ${sent} were sent`)
}

export { ok, outcomes, reasons, until }
