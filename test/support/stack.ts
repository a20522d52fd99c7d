/**
 * The whole cluster on sandbox hosts: masters and slaves with the roles of those names, and the Rails app on it. Mesos
 * and Marathon are stand-ins, unless real ones are given.
 */
import assert from 'node:assert/strict'
import type { Test } from 'uvu'
import {
  type App,
  createTransport,
  type DeployEvent,
  type DeployOptions,
  type DeployResult,
  type DeployRun,
  deploy,
  parseApp,
  type RunEvent,
  type RunResult,
  remove,
  scale,
} from '../../src/index.ts'
import type { Sandbox, SandboxHost } from '../../src/sandbox/index.ts'
import { type SuiteArtifacts, withArtifacts } from './artifacts.ts'
import { withHosts } from './hosts.ts'
import type { LayerName } from './layers.ts'
import { type Client, inShare, startLoad } from './load.ts'
import { ok } from './mesos.ts'
import { railsDefinition } from './rails-app.ts'
import { random, seed } from './random.ts'
import { RELEASE } from './releases.ts'
import { clusters, type Inventories, type Vars, type Wish, wishes } from './stack-inventory.ts'
import { allGreen, leaderOf, type Process, processesOf, redIn, responders } from './stack-state.ts'
import type { Load } from './tally.ts'
import { until } from './until.ts'
import { apply, finish, memory, outcomes, reasons } from './zookeeper.ts'

const MASTERS = ['master-1', 'master-2', 'master-3']
const SLAVES = ['slave-1', 'slave-2']

/** As in test/sandbox/mesos.test.ts, if the release boots with that. */
const SLAVE = RELEASE === '12' ? { unified: false } : {}
const disk = (layer: LayerName | undefined): { readonly release: '12' | '13' } | { readonly layer: LayerName } =>
  layer === undefined || RELEASE !== '12' ? { release: RELEASE } : { layer }

/** The settings of an app's version, besides those that all have. */
export interface Version {
  /** `/rails-app` if there is one app. */
  readonly id?: string
  readonly version: string
  readonly labels?: Readonly<Record<string, string>>
  readonly instances?: number
  readonly env?: Readonly<Record<string, string>>
  readonly constraints?: readonly (readonly string[])[]
  /** How many seconds a task waits before it starts its server. */
  readonly slow?: number
  /** The app whose place it takes. */
  readonly replaces?: string
}

/** The Rails app's app file. */
const railsApp = ({ instances = 4, constraints = [['hostname', 'MAX_PER', '6']], ...version }: Version): Promise<App> =>
  parseApp(JSON.stringify(railsDefinition({ instances, constraints, ...version })), { path: 'rails-app.json' })

/** Reads the responder from an answer: `HOST VERSION`. */
const responder = (body: string): string | undefined => {
  const [, version, host] = /^hello (\S+) task \S+ on (\S+)/.exec(body) ?? []
  return version === undefined ? undefined : `${host} ${version}`
}

/** The whole cluster, for a suite. */
export interface Stack extends Inventories {
  readonly box: Sandbox
  host(name: string): SandboxHost
  readonly masters: readonly SandboxHost[]
  readonly slaves: readonly SandboxHost[]
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
  removes(id: string): Promise<DeployResult>
  /** What is not green, each as `HOST COMPONENT: WHY`. */
  red(): Promise<readonly string[]>
  /** Waits until every component of every host is green. */
  green(): Promise<void>
  /** The slaves whose own containers answer that many requests to each slave: addresses, sorted. */
  answering(requests: number): Promise<Readonly<Record<string, readonly string[]>>>
  /** Sends requests through both HAProxies, like a load balancer. */
  load(rate?: number, host?: string): Client
  /** The units' processes, by `HOST UNIT`. */
  processes(names: readonly string[]): Promise<Readonly<Record<string, Process>>>
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

/** Follows a deployment to its end. */
async function ended(run: DeployRun, on: (event: DeployEvent) => unknown = () => undefined): Promise<DeployResult> {
  for await (const event of run) on(event)
  return run.result
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

/** The operations on a cluster and its processes. */
function runsOn(
  cluster: Stack['cluster'],
  artifacts: SuiteArtifacts,
  host: Stack['host'],
): Pick<Stack, 'converge' | 'deploys' | 'scales' | 'removes' | 'red' | 'green' | 'processes'> {
  const facts = memory()
  return {
    async converge(vars, only, allow = []) {
      const result = await finish(apply, await cluster(vars), facts, { allow, ...(only === undefined ? {} : { only }) })
      assert.equal(result.exitCode, 0, reasons(result))
      return result
    },
    async deploys(version, options = {}, on) {
      const image = (await artifacts.part('rails')).file
      const { replaces } = version
      const what = { app: await railsApp(version), image, ...(replaces === undefined ? {} : { replaces }) }
      return ended(deploy(await cluster(), what, { transport: createTransport(), ...options }), on)
    },
    scales: async (instances, id = '/rails-app') =>
      ended(scale(await cluster(), id, instances, { transport: createTransport() })),
    removes: async (id) => ended(remove(await cluster(), id, { transport: createTransport() })),
    red: async () => redIn(await cluster()),
    green: async () => allGreen(await cluster()),
    processes: async (names) =>
      Object.fromEntries((await Promise.all(names.map((name) => processesOf(host(name))))).flat()),
  }
}

/**
 * Gives a suite these bare masters and slaves, and their artifacts; a host may be both. `ownImage`: the slaves'
 * inventory names the app's image, so that a new slave has it without a deployment. `own`: variables of single hosts.
 * `starts`: the range of seconds that a stand-in Marathon takes to start. `layer`: what hosts of Debian 12 already have,
 * instead of being bare.
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
    layer = undefined as LayerName | undefined,
  } = {},
): Promise<Stack> {
  const names = [...new Set([...masters, ...slaves])]
  const { box, host } = await withHosts(
    test,
    url,
    names.map((name) => ({ name, ...(slaves.includes(name) ? SLAVE : {}), ...disk(layer) })),
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
export function nothingLost({ sent, lost, kinds, gaps, changes, p50, p99, max }: Load, atLeast: number): void {
  console.error(`${sent} sent, ${lost} lost, p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms`)
  assert.deepEqual(kinds, {}, `${lost} of ${sent} lost: ${JSON.stringify({ kinds, gaps, changes })}`)
  assert.ok(sent >= inShare(atLeast), `only ${sent} were sent`)
}

export { ok, outcomes, reasons, until }
