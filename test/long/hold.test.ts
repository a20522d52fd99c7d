/**
 * The way from Marathon to the HAProxies breaks in mid-deploy: the rollout is held, the old version serves on, status
 * says why, and the deployment goes on once it is mended. Consul has ACLs. (Mesos and Marathon are stand-ins, unless
 * real ones are given: docs/sandbox.md.)
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DeployEvent, DeployOptions, DeployResult } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import type { Client } from '../support/load.ts'
import { nothingLost, ok, until, withStack } from '../support/stack.ts'

const tokens = {
  HOLD_MANAGEMENT: randomUUID(),
  HOLD_AGENT: randomUUID(),
  HOLD_OWN: randomUUID(),
  HOLD_TEMPLATE: randomUUID(),
}
Object.assign(process.env, tokens)

/** Agents believe in a token for 30 s, unless told otherwise: by then a deployment could be over. */
const soon = { acl: { policy_ttl: '1s', token_ttl: '1s' } }
const consul = (more: object) => ({ acl: { tokens: { agent: 'env:HOLD_AGENT', ...more } }, settings: soon })
const master = { consul: consul({ initialManagement: 'env:HOLD_MANAGEMENT' }) }
const slave = {
  consul: consul({}),
  registrar: { consulToken: 'env:HOLD_OWN' },
  'consul-template': { token: 'env:HOLD_TEMPLATE' },
}

const test = suite('the way to the HAProxies breaks in mid-deploy')
const stack = await withStack(test, import.meta.url, {
  own: { 'master-1': master, 'master-2': master, 'master-3': master, 'slave-1': slave, 'slave-2': slave },
})

/** Runs the `consul` program with all rights. */
const asManager = (command: string): Promise<string> =>
  ok(stack.host('master-1'), `CONSUL_HTTP_TOKEN=${tokens.HOLD_MANAGEMENT}; export CONSUL_HTTP_TOKEN; consul ${command}`)

const READS = 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }'
const WRITES = 'service_prefix "" { policy = "write" }'

const registrarMay = (rules: string): Promise<string> =>
  asManager(`acl policy update -name registrar -rules '${rules}'`)

const onSlaves = (names: readonly string[], command: string): Promise<unknown> =>
  Promise.all(names.map((name) => ok(stack.host(name), command)))

/** The versions of the app's running containers, by how many there are. */
async function running(): Promise<Readonly<Record<string, number>>> {
  const of = async (host: SandboxHost): Promise<readonly string[]> => {
    const shown = await ok(
      host,
      `docker ps -q --filter name=^mesos- | xargs -r docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' | sed -n 's/^VERSION=//p'`,
    )
    return shown.split('\n').filter((line) => line !== '')
  }
  const counts: Record<string, number> = {}
  for (const version of (await Promise.all(stack.slaves.map(of))).flat()) counts[version] = (counts[version] ?? 0) + 1
  return counts
}

type Options = Omit<DeployOptions, 'transport'>

/** A way to break it. */
interface Break {
  readonly what: string
  /** The moment of the deployment when it breaks. */
  readonly at: (event: DeployEvent) => boolean
  breaks(): Promise<unknown>
  mends(): Promise<unknown>
  /** What is red meanwhile; nothing else may be. */
  readonly red: RegExp
  /** How many old tasks must still be there: if it breaks later, Marathon may have ended some in favour of new ones. */
  readonly kept: number
}

const isSent = ({ event }: DeployEvent): boolean => event === 'sent'
const hasOneHealthy = (event: DeployEvent): boolean => event.event === 'rolling' && event.healthy > 0

/** Before a task is to be registered, and after. */
const DENIED =
  /^slave-\d registrar: (its token, vars\.registrar\.consulToken, may not register rails-app |Consul refuses its token, vars\.registrar\.consulToken: .* 403)/
const BREAKS: readonly Break[] = [
  {
    what: "the registrar's token may not write services any more",
    at: isSent,
    breaks: () => registrarMay(READS),
    mends: () => registrarMay(WRITES),
    red: DENIED,
    kept: 4,
  },
  {
    what: 'the registrar of a slave stops',
    at: hasOneHealthy,
    breaks: () => onSlaves(['slave-1'], 'systemctl stop provision-registrar'),
    mends: () => onSlaves(['slave-1'], 'systemctl start provision-registrar'),
    red: /^slave-1 registrar: not running: inactive/,
    kept: 1,
  },
  {
    what: 'consul-template stops on both slaves',
    at: isSent,
    breaks: () => onSlaves(['slave-1', 'slave-2'], 'systemctl stop consul-template'),
    mends: () => onSlaves(['slave-1', 'slave-2'], 'systemctl start consul-template'),
    red: /^slave-\d consul-template: not running: inactive/,
    kept: 4,
  },
]

/** A deployment that is broken on its way, and its events so far. */
interface Broken {
  readonly result: Promise<DeployResult>
  readonly events: readonly DeployEvent[]
}

function deploysBroken(version: string, { at, breaks }: Break, options: Options): Broken {
  const events: DeployEvent[] = []
  let broken: Promise<unknown> | undefined
  const result = stack.deploys({ version }, options, (event) => {
    events.push(event)
    if (at(event)) broken ??= breaks()
  })
  return { result: result.finally(() => broken), events }
}

/** Waits until it is held. @throws if it ends instead */
async function held({ result, events }: Broken): Promise<void> {
  const isHeld = events.some((event) => event.event === 'waiting' && event.for.startsWith('registrar'))
  const ended = isHeld ? undefined : await Promise.race([result, sleep(200)])
  if (ended !== undefined) assert.unreachable(`it ended instead: ${ended.outcome}: ${ended.reason}`)
  if (!isHeld) await held({ result, events })
}

/** Waits until what Marathon had begun is over. @returns what runs from then on */
async function settled(): Promise<Readonly<Record<string, number>>> {
  let now: Readonly<Record<string, number>> = {}
  await until(
    'Marathon has as many tasks as the app wants',
    async () => {
      const leads = await stack.leader()
      const { app } = JSON.parse(await ok(leads, `curl -sf http://${leads.address}:8080/v2/apps/rails-app`))
      now = await running()
      return app.deployments.length === 0 && Object.values(now).reduce((a, b) => a + b, 0) === app.instances
    },
    500,
  )
  return now
}

/** It is held, only the break is red, and the reason is told. @returns what runs */
async function isHeld(version: string, old: string, { red, kept }: Break, broken: Broken) {
  await held(broken)
  const told = broken.events.find(({ event }) => event === 'back')
  assert.ok(told?.event === 'back' && told.says.startsWith(`holds ${version} where it is`), JSON.stringify(told))
  const now = await settled()
  assert.ok((now[old] ?? 0) >= kept, JSON.stringify(now))
  // of the version's tasks HAProxy knows nothing, and says so
  await until(
    'only that is red',
    async () => {
      const is = (await stack.red()).filter((line) => !/ haproxy: /.test(line))
      if (is.length > 0 && is.every((line) => red.test(line))) return true
      throw new Error(is.join('; '))
    },
    1000,
  )
  return now
}

test('bare hosts with ACLs, and the app', async () => {
  await stack.converge({}, ['master-1', 'master-2', 'master-3'])
  for (const [name, rules, secret] of [
    ['registrar', WRITES, tokens.HOLD_OWN],
    [
      'template',
      `${READS} agent_prefix "" { policy = "read" } key_prefix "lb/" { policy = "read" }`,
      tokens.HOLD_TEMPLATE,
    ],
  ] as const) {
    await asManager(`acl policy create -name ${name} -rules '${rules}'`)
    await asManager(`acl token create -secret ${secret} -policy-name ${name}`)
  }
  await stack.converge()
  await stack.green()
  const { outcome, reason } = await stack.deploys({ version: 'v1' })
  assert.is(outcome, 'live', reason)
})

let current = 1

/** Deploys the next version under load, and breaks the way. `while`: what happens once it is held. */
async function breaking(
  how: Break,
  options: Options,
  whileHeld: (result: Promise<DeployResult>, client: Client, now: Readonly<Record<string, number>>) => Promise<void>,
): Promise<void> {
  const [old, version] = [`v${current}`, `v${++current}`]
  const client = stack.load()
  await client.reach(100)
  const broken = deploysBroken(version, how, options)
  try {
    const now = await isHeld(version, old, how, broken)
    console.error(`${how.what}: held with ${JSON.stringify(now)}`)
    await whileHeld(broken.result, client, now)
    await client.reach(client.sent + 200)
  } finally {
    await how.mends()
    await broken.result
    await client.stop()
  }
  nothingLost(await client.stop(), 500)
  assert.equal(await running(), { [version]: 4 })
  await stack.green()
}

for (const each of BREAKS)
  test(`${each.what}: held, and live once it is mended; nothing is lost`, () =>
    breaking(each, {}, async (result, client, now) => {
      await client.reach(client.sent + 1500)
      assert.equal(await running(), now, 'nothing is ended or started while it is held')
      await each.mends()
      const { outcome, reason } = await result
      assert.is(outcome, 'live', reason)
    }))

test('nobody mends it: the deployment ends with both versions, and the next one makes it good; nothing is lost', async () => {
  const [first] = BREAKS as readonly [Break]
  await breaking(first, { deadline: 60 }, async (result, _client, now) => {
    const { outcome, reason = '', to } = await result
    assert.is(outcome, 'failed', reason)
    assert.match(
      reason,
      /^new tasks get no requests any more\nslave-\d: registrar: .*vars\.registrar\.consulToken.*\n(?:.*\n)*v\d was stopped/,
    )
    const refused = await stack.deploys({ version: to })
    assert.is(refused.outcome, 'refused', refused.reason)
    assert.equal(await running(), now)
    await first.mends()
    const again = await stack.deploys({ version: to })
    assert.is(again.outcome, 'live', again.reason)
  })
})

test.run()
