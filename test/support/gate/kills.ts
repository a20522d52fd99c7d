import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type * as Sdk from '../../../src/cloud/aws/sdk.ts'
import { isLive, TAG } from '../../../src/cloud/provider.ts'
import { Gate, type Trouble } from './gate.ts'
import { type Command, HOSTS, openStory, runCommand, type Story } from './story.ts'

const CONTROLLER = join(import.meta.dirname, 'controller.ts')
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH8YLp5PeHLWLQQImvO/ObdMeGlKtbu1i7qe4QTEyzE me\n'

/** The commands that must have run before a command. */
const BEFORE: Readonly<Record<Command, readonly Command[]>> = {
  launch: [],
  terminate: ['launch'],
  stop: ['launch'],
  start: ['launch', 'stop'],
}

/** A stand-in for EC2, with its networks and images. */
export class World {
  readonly #env: Readonly<Record<string, string>>
  readonly #folder: string
  #stories = 0

  constructor(env: Readonly<Record<string, string>>, folder: string) {
    this.#env = env
    this.#folder = folder
  }

  /** Runs `tell` with a story of its own, and the SDK pointed at its gate. */
  async story<T>(tell: (its: Told) => Promise<T>): Promise<T> {
    const name = `s${++this.#stories}`
    const gate = new Gate(this.#env.AWS_ENDPOINT_URL ?? '')
    const url = await gate.open()
    const env = { ...this.#env, AWS_ENDPOINT_URL: url }
    Object.assign(process.env, env, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' })
    const folder = join(this.#folder, name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'key.pub'), KEY)
    const sdk = await import('../../../src/cloud/aws/sdk.ts')
    try {
      return await tell(new Told(gate, { gate: url, folder, cluster: name, ...(await around(sdk)) }, env, sdk))
    } finally {
      gate.close()
    }
  }
}

async function around(sdk: typeof Sdk): Promise<Pick<Story, 'image' | 'subnets' | 'group'>> {
  const client = new sdk.EC2Client({})
  const { Subnets = [] } = await client.send(new sdk.DescribeSubnetsCommand({}))
  const { SecurityGroups: [group] = [] } = await client.send(new sdk.DescribeSecurityGroupsCommand({}))
  const { Images = [] } = await client.send(new sdk.DescribeImagesCommand({}))
  return {
    image: Images.find(({ Name }) => Name?.startsWith('ubuntu/'))?.ImageId ?? '',
    subnets: Subnets.map(({ SubnetId = '' }) => SubnetId).sort(),
    group: group?.GroupId ?? '',
  }
}

/** One cluster, and commands on it. */
export class Told {
  readonly #gate: Gate
  readonly #story: Story
  readonly #env: Readonly<Record<string, string>>
  readonly #sdk: typeof Sdk

  constructor(gate: Gate, story: Story, env: Readonly<Record<string, string>>, sdk: typeof Sdk) {
    this.#gate = gate
    this.#story = story
    this.#env = env
    this.#sdk = sdk
  }

  ground() {
    return openStory(this.#story, this.#sdk)
  }

  /** Runs a command in this process. @returns the outcomes, and how many calls it took */
  async run(command: Command, troubles: readonly Trouble[] = []) {
    this.#gate.calls = 0
    this.#gate.troubles = [...troubles]
    const results = await runCommand(this.ground(), command)
    return { results, outcomes: results.map(({ outcome }) => outcome), calls: this.#gate.calls }
  }

  async prepare(command: Command): Promise<void> {
    for (const each of BEFORE[command]) await this.run(each)
  }

  /** Runs a command in a process that is killed at one of its calls. @returns whether it was killed */
  async killed(command: Command, killAt: { readonly call: number; readonly done: boolean }): Promise<boolean> {
    const gate = this.#gate
    const child = spawn(process.execPath, ['--import', 'tsx', CONTROLLER, command, JSON.stringify(this.#story)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...this.#env },
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    Object.assign(gate, { calls: 0, killAt, kill: () => child.kill('SIGKILL') })
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('close', (...how) => resolve(how)),
    )
    gate.killAt = undefined
    assert.ok(signal === 'SIGKILL' || code === 0, `${command} ended with ${code}: ${said}`)
    return signal === 'SIGKILL'
  }

  /** Runs a killed command again: then there is one instance per host, or none, and the ledger agrees. */
  async again(command: Command, point: string): Promise<void> {
    const { results, outcomes } = await this.run(command)
    assert.ok(!outcomes.some((each) => each === 'failed' || each === 'refused'), `${point}: ${JSON.stringify(results)}`)
    const { provider, ledger, journal } = this.ground()
    const live = (await provider.describe()).filter(isLive)
    const machines = new Map([...this.#gate.machines.values()].map(({ id, key }) => [id, key]))
    const state = command === 'stop' ? 'stopped' : 'running'
    const wanted = command === 'terminate' ? [] : HOSTS.map((host) => `${host} ${state}`)
    const seen = live.map(({ state: is, tags }) => `${tags[TAG.host]} ${is}`).sort()
    assert.equal(seen, wanted, `${point}: one instance a host`)
    const told = Object.entries(ledger.hosts).map(([host, { id, state: is, hostKey }]) => [host, id, is, hostKey])
    const tagged = live.map(({ id, state: is, tags }) => [tags[TAG.host], id, is, tags[TAG.hostKey]])
    assert.equal(told.sort(), tagged.sort(), `${point}: the ledger says what the tags say`)
    for (const { id, tags } of live) assert.is(tags[TAG.hostKey], machines.get(id), `${point}: the key of ${id}`)
    assert.equal(journal.hosts(), [], point)
  }
}
