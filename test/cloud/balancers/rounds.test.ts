import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worst } from '../../../src/cli/kit/cloud/ground.ts'
import { pauseOf } from '../../../src/cli/kit/cloud/rounds.ts'
import { sshServer } from '../../support/ssh-server.ts'
import { testHome } from '../../support/test-home.ts'
import { until } from '../../support/until.ts'

// The program that users run, round after round, with this machine as the one member of an auto-scaling group. What
// stands for AWS knows that group and no other.
const test = suite('rounds')
const program = join(import.meta.dirname, '../../..', 'dist', 'src', 'cli', 'provision.cjs')
const folder = mkdtempSync(join(tmpdir(), 'rounds-'))
const home = testHome()
const server = await sshServer({ keys: [home.publicKey] })

const PAUSES: readonly (readonly [text: string, ms: number | undefined])[] = [
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['0m', undefined],
  ['5', undefined],
  ['5 m', undefined],
  ['-5m', undefined],
]
for (const [text, ms] of PAUSES)
  test(`--every ${text}`, () =>
    ms === undefined
      ? assert.throws(() => pauseOf(text), /^.*--every needs a time: 30s, 5m or 1h, not "/)
      : assert.is(pauseOf(text), ms))

test('of several exit codes the worst counts', () =>
  assert.equal(
    [
      [0, 0],
      [0, 4],
      [4, 1],
      [1, 3],
      [2, 0],
    ].map(worst),
    [0, 4, 1, 3, 2],
  ))

/** In which state the member is; undefined: it has ended. */
let state: string | undefined
const completed: string[] = []

/** What AWS says. */
function answer(asked: URLSearchParams): string {
  const action = asked.get('Action') ?? ''
  const within = (inner: string): string =>
    `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`
  if (action === 'DescribeInstances') {
    const tags = [
      ['aws:autoscaling:groupName', 'web'],
      ['provision:host-key', server.hostKey],
    ].map(([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`)
    const isOfGroup = asked.get('Filter.1.Name') === 'tag:aws:autoscaling:groupName'
    const instance = `<item><instancesSet><item><instanceId>i-0000aaaa</instanceId>
      <instanceState><name>running</name></instanceState><privateIpAddress>127.0.0.1</privateIpAddress>
      <tagSet>${tags.join('')}</tagSet></item></instancesSet></item>`
    return `<${action}Response><reservationSet>${isOfGroup && state ? instance : ''}</reservationSet></${action}Response>`
  }
  if (action === 'DescribeAutoScalingGroups') {
    const member = `<member><InstanceId>i-0000aaaa</InstanceId><LifecycleState>${state}</LifecycleState></member>`
    return within(`<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName>
      <Instances>${state ? member : ''}</Instances></member></AutoScalingGroups>`)
  }
  if (action === 'DescribeLifecycleHooks') {
    const hooks = ['LAUNCHING', 'TERMINATING'].map(
      (at) => `<member><LifecycleHookName>provision-${at}</LifecycleHookName>
      <LifecycleTransition>autoscaling:EC2_INSTANCE_${at}</LifecycleTransition></member>`,
    )
    return within(`<LifecycleHooks>${hooks.join('')}</LifecycleHooks>`)
  }
  if (action === 'CompleteLifecycleAction') {
    completed.push(asked.get('LifecycleHookName') ?? '')
    state = state === 'Pending:Wait' ? 'InService' : undefined
  }
  return within('')
}

const aws = createServer((request, response) => {
  text(request).then((body) => {
    response.writeHead(200, { 'content-type': 'text/xml' })
    response.end(answer(new URLSearchParams(body)))
  })
})
test.before(() => new Promise<void>((resolve) => void aws.listen(0, '127.0.0.1', resolve)))
test.after(async () => {
  aws.close()
  aws.closeAllConnections()
  await server.stop()
  home.remove()
  rmSync(folder, { recursive: true })
})

const ssh = { port: server.port, identityFile: join(home.path, '.ssh', 'id_ed25519'), user: 'root' }
const INVENTORY = JSON.stringify({
  cloud: { aws: { cluster: 'dc1', region: 'eu-west-1' } },
  roles: { web: { cloud: { discover: { group: 'web' } }, ssh } },
  hosts: {},
})

/** A project with that inventory, in which the program runs. */
function project(name: string) {
  const place = join(folder, name)
  const inventory = join(place, 'inventory.json')
  mkdirSync(join(place, 'roles'), { recursive: true })
  writeFileSync(inventory, INVENTORY)
  writeFileSync(
    join(place, 'roles', 'web.ts'),
    `import * as v from 'valibot'
import { defineRecipe, defineRole, directory } from 'provision-ssh'
const web = defineRecipe({ name: 'web', attributes: v.object({}), resources: () => [directory('/etc', {})] })
export default defineRole({ name: 'web', recipes: [web] })
`,
  )
  const env = {
    PATH: process.env.PATH,
    HOME: home.path,
    XDG_CACHE_HOME: join(place, 'cache'),
    XDG_STATE_HOME: join(place, 'state'),
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
  const run = (...args: string[]) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: place, env })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
    const code = new Promise<number | null>((resolve) => void child.once('close', resolve))
    const says = (pattern: RegExp): Promise<void> =>
      until(`${pattern} is said`, async () => pattern.test(said), 50).catch((error: Error) => {
        child.kill('SIGKILL')
        throw new Error(`${error.message}: ${said}`)
      })
    return { code, says, said: () => said, stop: () => void child.kill('SIGINT') }
  }
  const lock = (pid: number): void => {
    const began = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19]
    const at = join(place, 'state', 'provision', 'cloud')
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'aws-eu-west-1-dc1.lock.1'), `${pid} ${began}\n`)
  }
  const ledger = () => JSON.parse(readFileSync(join(place, 'inventory.cloud.json'), 'utf8')).hosts
  return { run, ledger, lock, write: (of: string) => writeFileSync(inventory, of) }
}

const TIME = '\\d\\d:\\d\\d:\\d\\d'

test('a member comes, serves and goes, and what goes wrong in a round does not end the next', async () => {
  const { run, ledger, write } = project('rounds')
  state = 'Pending:Wait'
  const { code, says, said, stop } = run('--every', '1s')
  await says(/^web-0000aaaa {2}found i-0000aaaa, web$/m)
  await says(/^web-0000aaaa {2}serves as i-0000aaaa in its group web$/m)
  assert.equal(Object.keys(ledger()), ['web-0000aaaa'])
  await says(new RegExp(`^${TIME}  web-0000aaaa in sync in .*$`, 'm'))
  write('{')
  await says(/^inventory\.json is not JSON/m)
  write(INVENTORY)
  state = 'Terminating:Wait'
  await says(/^web-0000aaaa {2}ended i-0000aaaa, by its group web$/m)
  await says(new RegExp(`^${TIME}  no hosts yet$`, 'm'))
  assert.equal([ledger(), completed], [{}, ['provision-LAUNCHING', 'provision-TERMINATING']])
  stop()
  assert.is(await code, 0, said())
  assert.match(said(), /\n\d+ rounds, \d+ of them with trouble in .*\n$/)
})

test('a bad inventory ends it at the start', async () => {
  const { run, write } = project('bad')
  write('{')
  const { code, said } = run('--every', '1s')
  assert.is(await code, 3)
  assert.match(said(), /^inventory\.json is not JSON/)
})

test('a single round', async () => {
  const { run } = project('single')
  state = 'InService'
  const { code, said } = run('--refresh')
  assert.is(await code, 0, said())
  assert.match(said(), /found i-0000aaaa, web\n[\s\S]*web-0000aaaa in sync in /)
})

test('while another process works on the instances, a round is not begun', async () => {
  const { run, lock } = project('locked')
  state = 'InService'
  const holder = spawn('sleep', ['600'])
  lock(holder.pid ?? 0)
  const { code, said } = run('--refresh')
  await code
  holder.kill()
  assert.is(await code, 1)
  assert.match(said(), /^process \d+ is working on these instances: wait until it has ended\n$/)
})

const REFUSED: readonly (readonly [args: readonly string[], said: RegExp])[] = [
  [['--every', '5'], /--every needs a time/],
  [['--every', '5m', '--plan', 'x'], /--plan holds a run to what was reviewed/],
  [['--every', '5m', '--ask-pass'], /--every would ask for passwords in every round/],
]
for (const [args, says] of REFUSED)
  test(args.join(' '), async () => {
    const { code, said } = project('refused').run(...args)
    assert.is(await code, 3)
    assert.match(said(), says)
  })

test.run()
