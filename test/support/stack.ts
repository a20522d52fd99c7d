/**
 * The whole cluster on sandbox hosts: masters and slaves with the roles of those names, and the Rails app on it. Mesos
 * and Marathon are stand-ins, unless real ones are given.
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
import { loginOf } from './login.ts'
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

/** The hosts' Debian release: 12, or PROVISION_RELEASE. */
export const RELEASE = process.env.PROVISION_RELEASE === '13' ? '13' : '12'
/** As in test/sandbox/mesos.test.ts, if the release boots with that. */
const SLAVE = RELEASE === '12' ? { unified: false } : {}

type Vars = Readonly<Record<string, object>>

/** The settings of an app's version, besides those that all have. */
export interface Version {
  /** `/rails-app` if there is one app. */
  readonly id?: string
  readonly version: string
  readonly labels?: Readonly<Record<string, string>>
  readonly instances?: number
  readonly env?: Readonly<Record<string, string>>
  readonly constraints?: readonly (readonly string[])[]
}

/** The Rails app's app file. */
export const railsApp = ({
  instances = 4,
  constraints = [['hostname', 'MAX_PER', '6']],
  ...version
}: Version): Promise<App> =>
  parseApp(JSON.stringify(railsDefinition({ instances, constraints, ...version })), { path: 'rails-app.json' })

/** Reads the responder from an answer: `HOST VERSION`. */
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
  /** The inventory's text, with these variables for all hosts: for the program. */
  inventory(vars?: Vars): Promise<string>
  /** Its cluster. */
  cluster(vars?: Vars): Promise<Cluster>
  /** Converges all or part of it, and expects success. */
  converge(
    vars?: Vars,
    only?: readonly string[],
    allow?: readonly string[],
  ): Promise<RunResult & { readonly events: readonly RunEvent[] }>
  /** Makes a version live, with its image from a file. */
  deploys(
    version: Version,
    options?: Omit<DeployOptions, 'transport'>,
    on?: (event: DeployEvent) => unknown,
  ): Promise<DeployResult>
  scales(instances: number, id?: string): Promise<DeployResult>
  /** What is not green, each as `HOST COMPONENT: WHY`. */
  red(): Promise<readonly string[]>
  /** Waits until every component of every host is green. */
  green(): Promise<void>
  /** The slaves whose own containers answer that many requests to each slave: addresses, sorted. */
  answering(requests: number): Promise<Readonly<Record<string, readonly string[]>>>
  /** Sends requests through both HAProxies, like a load balancer. */
  load(rate?: number, host?: string): Client
  /** The units' processes: `HOST UNIT`, and a value that a restart changes. */
  processes(names: readonly string[]): Promise<Readonly<Record<string, string>>>
  /** The host with the leading Marathon. */
  leader(): Promise<SandboxHost>
  /** Replaces a host by a new, bare machine with the same name. */
  reset(name: string): Promise<void>
  /** Changes the inventory from now on: only these hosts of the stack, some leaving, or a name on another machine. */
  wishes(wish: Wish): void
  /** Draws a new start-up time for each stand-in Marathon. */
  slowMarathons(): Promise<void>
  /** The seed of this run's random choices. */
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

/** The responders to that many requests to an address, ten at once; sorted. */
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

/** A host's units: `HOST UNIT`, and a value that a restart changes. */
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

/** The master with the leading Marathon, once there is one. */
async function leaderOf(masters: readonly SandboxHost[]): Promise<SandboxHost> {
  let leads: SandboxHost | undefined
  const askOf = async (each: SandboxHost): Promise<string> =>
    (await each.sh(`curl -sf -m 5 http://${each.address}:8080/v2/leader`)).stdout
  await until(
    'Marathon has a leader',
    async () => {
      const said = await Promise.all(masters.map((each) => askOf(each).catch(() => '')))
      // the leader itself says so
      leads = masters.find(({ address }, i) => (said[i] ?? '').includes(`"leader":"${address}:`))
      return leads !== undefined
    },
    500,
  )
  return leads as SandboxHost
}

/** Follows a deployment to its end. */
async function ended(run: DeployRun, on: (event: DeployEvent) => unknown = () => undefined): Promise<DeployResult> {
  for await (const event of run) on(event)
  return run.result
}

/** Changes to the inventory of a stack's hosts. */
export interface Wish {
  readonly hosts: readonly string[]
  readonly retire?: readonly string[]
  /** Names, each with the host whose machine it uses. */
  readonly at?: Readonly<Record<string, string>>
}

/** A suite's hosts: masters and slaves, and the variables of single ones. */
interface Members {
  readonly masters: readonly string[]
  readonly slaves: readonly string[]
  readonly own: Readonly<Record<string, Vars>>
}

/** The inventory's text. @param all variables by recipe; later ones are merged over earlier ones */
function inventoryOf(
  { masters, slaves, own }: Members,
  { hosts: wanted, retire = [], at = {} }: Wish,
  host: (name: string) => SandboxHost,
  image: Vars,
  all: readonly (readonly [recipe: string, vars: object])[],
): string {
  const entry = (name: string) => {
    const id = masters.indexOf(name) + 1
    const isSlave = slaves.includes(name)
    const roles = [...(id > 0 ? ['mesos-master'] : []), ...(isSlave ? ['mesos-slave'] : [])]
    const vars = { ...(id > 0 ? { zookeeper: { id } } : {}), ...(isSlave ? image : {}), ...own[name] }
    const of = host(at[name] ?? name)
    const leaves = retire.includes(name) ? { retire: true } : {}
    return [name, { address: of.address, roles, ...leaves, ssh: loginOf(of), vars }]
  }
  const vars: Record<string, object> = {}
  for (const [recipe, more] of all) vars[recipe] = { ...vars[recipe], ...more }
  const hosts = Object.fromEntries(wanted.map(entry))
  return JSON.stringify({ vars, hosts })
}

/** The slaves' variables that name the app's image. */
async function imageVars(artifacts: SuiteArtifacts): Promise<Vars> {
  const { file, url, sha256 } = await artifacts.part('rails')
  return { docker: { images: [{ name: 'rails-app:1', id: await imageId(file), source: url, sha256 }] } }
}

/** Makes inventories of these hosts, with variables for all of them: their texts, and the clusters. */
function clusters(
  members: Members,
  wish: () => Wish,
  host: (name: string) => SandboxHost,
  artifacts: SuiteArtifacts,
  ownImage: boolean,
): Pick<Stack, 'inventory' | 'cluster'> {
  let sources: Promise<Sources> | undefined
  const inventory: Stack['inventory'] = async (vars = {}) => {
    sources ??= sourcesOf(artifacts)
    return inventoryOf(members, wish(), host, ownImage ? await imageVars(artifacts) : {}, [
      ['base', { timeSync: 'none' }],
      ['zookeeper', { heapMb: 128 }],
      ...Object.entries(await sources),
      ['consul', { datacenter: 'test' }],
      ...Object.entries(vars),
    ])
  }
  return {
    inventory,
    cluster: async (vars) => parseInventory(await inventory(vars), { path: 'inventory.json', roles: ROLES }),
  }
}

/**
 * Sets a stand-in Marathon's start-up time on a host, in seconds, at random within the real one's range. Does nothing
 * for a real one.
 */
const slowStart =
  (next: () => number, [least, most]: readonly [least: number, most: number]) =>
  async (host: SandboxHost): Promise<void> => {
    const seconds = (least + next() * (most - least)).toFixed(1)
    await ok(host, `mkdir -p /etc/marathon && echo ${seconds} >/etc/marathon/stand-in-start`)
  }

/** The current changes to the inventory, and the machines of its hosts. */
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
const allGreen = (cluster: Cluster): Promise<void> =>
  until(
    'every component is green',
    async () => {
      const red = await redIn(cluster)
      if (red.length > 0) throw new Error(red.join('; '))
      return true
    },
    1000,
  )

/** The operations on a cluster and its processes. */
function runsOn(
  cluster: Stack['cluster'],
  artifacts: SuiteArtifacts,
  host: Stack['host'],
): Pick<Stack, 'converge' | 'deploys' | 'scales' | 'red' | 'green' | 'processes'> {
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
    red: async () => redIn(await cluster()),
    green: async () => allGreen(await cluster()),
    processes: async (names) =>
      Object.fromEntries((await Promise.all(names.map((name) => processesOf(host(name))))).flat()),
  }
}

/**
 * Gives a suite these bare masters and slaves, and their artifacts; a host may be both. `ownImage`: the slaves'
 * inventory names the app's image, so that a new slave has it without a deployment. `own`: variables of single hosts.
 * `starts`: the range of seconds that a stand-in Marathon takes to start.
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
  const made = clusters({ masters, slaves, own }, wished.now, host, artifacts, ownImage)
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
    ...made,
    ...runsOn(made.cluster, artifacts, host),
    async answering(requests) {
      const found = stack.slaves.map(async ({ address }) => [address, await responders(address, requests)] as const)
      return Object.fromEntries(await Promise.all(found))
    },
    load(rate = inShare(80), host = 'www.example.com') {
      const client = startLoad({ targets: stack.slaves.map(({ address }) => address), rate, host, responder })
      closing.push(() => client.stop()) // even if the test fails
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

/** Asserts that no request was lost, out of at least that many. Prints how long they took. */
export function nothingLost({ sent, lost, kinds, gaps, p50, p99, max }: Load, atLeast: number): void {
  console.error(`${sent} sent, ${lost} lost, p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms`)
  assert.deepEqual(kinds, {}, `${lost} of ${sent} lost: ${JSON.stringify({ kinds, gaps })}`)
  assert.ok(sent >= inShare(atLeast), `only ${sent} were sent`)
}

export { ok, outcomes, reasons, until }
