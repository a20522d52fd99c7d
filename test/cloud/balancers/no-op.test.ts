import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Json } from '../../../src/lib/json.ts'
import { sshServer } from '../../support/ssh-server.ts'
import { testHome } from '../../support/test-home.ts'

// The program that users run, on hosts of a cloud: a no-op asks the cloud nothing, does not load its SDK, and costs
// what it costs on hosts whose addresses were written by hand.
const test = suite('a no-op with a cloud')
const program = join(import.meta.dirname, '../../..', 'dist', 'src', 'cli', 'provision.cjs')
const folder = mkdtempSync(join(tmpdir(), 'no-op-'))
const home = testHome()
const server = await sshServer({ keys: [home.publicKey] })
let asked = 0
/** What the cloud says; undefined: that nobody may ask. */
let answer: string | undefined
const aws = createServer((_, response) => {
  asked++
  if (answer !== undefined) {
    response.writeHead(200, { 'content-type': 'text/xml' })
    response.end(answer)
    return
  }
  response.writeHead(403, { 'content-type': 'text/xml' })
  response.end('<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>')
})
test.before(() => new Promise<void>((resolve) => void aws.listen(0, '127.0.0.1', resolve)))
test.after(async () => {
  aws.close()
  await server.stop()
  home.remove()
  rmSync(folder, { recursive: true })
})

const spy = join(folder, 'spy.cjs')
const seen = join(folder, 'seen')
writeFileSync(
  spy,
  `const fs = require('node:fs')
const read = fs.readFileSync
fs.readFileSync = (...given) => {
  if (String(given[0]).endsWith('aws.cjs')) fs.appendFileSync(${JSON.stringify(seen)}, 'the SDK\\n')
  return read(...given)
}
`,
)

const ssh = { port: server.port, identityFile: join(home.path, '.ssh', 'id_ed25519') }
const BY_HAND = {
  hosts: { a: { address: '127.0.0.1', roles: ['one'], ssh: { ...ssh, user: 'root', hostKey: server.hostKey } } },
}
const IN_A_CLOUD = {
  cloud: { aws: { cluster: 'dc1', region: 'eu-west-1', type: 't3.small', subnets: ['s-1'], securityGroups: ['g-1'] } },
  hosts: { a: { cloud: true, roles: ['one'], ssh } },
}
const LEDGER = {
  provider: 'aws',
  cluster: 'dc1',
  hosts: {
    a: {
      id: 'i-1',
      generation: 1,
      state: 'running',
      privateAddress: '127.0.0.1',
      hostKey: server.hostKey,
      user: 'root',
    },
  },
  ended: {},
}

/** A project with such an inventory; in it the program runs, and nothing of this machine's user is seen. */
function project(name: string, inventory: object) {
  const place = join(folder, name)
  mkdirSync(join(place, 'roles'), { recursive: true })
  writeFileSync(join(place, 'inventory.json'), JSON.stringify(inventory))
  writeFileSync(join(place, 'inventory.cloud.json'), JSON.stringify(LEDGER))
  writeFileSync(
    join(place, 'roles', 'one.ts'),
    `import * as v from 'valibot'
import { defineRecipe, defineRole, directory } from 'provision-ssh'
const one = defineRecipe({
  name: 'one',
  attributes: v.object({}),
  resources: () => [directory('/etc', {})],
})
export default defineRole({ name: 'one', recipes: [one] })
`,
  )
  const env = {
    PATH: process.env.PATH,
    HOME: home.path,
    XDG_CACHE_HOME: join(place, 'cache'),
    XDG_STATE_HOME: join(place, 'state'),
    NODE_OPTIONS: `--require ${spy}`,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
  return (...args: string[]): Promise<{ code: unknown; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [program, ...args], { cwd: place, env }, (error, out, err) =>
        resolve({ code: error?.code ?? 0, out, err }),
      )
    })
}

const loaded = (): boolean => {
  try {
    return readFileSync(seen, 'utf8') !== ''
  } catch {
    return false
  }
}

test('costs what it costs without', async () => {
  const runs = [project('by-hand', BY_HAND), project('cloud', IN_A_CLOUD)]
  const costs: unknown[] = []
  for (const run of runs) {
    await run('apply', '--json') // what it learns of the host it keeps
    const { code, out, err } = await run('apply', '--json')
    assert.is(code, 0, out + err)
    const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Json]))
    const end = events.find(({ event, host }) => event === 'host' && host === 'a')
    costs.push(end?.cost)
  }
  const [byHand, cloud] = costs as { connections: number; execs: number; bytesUp: number }[]
  assert.ok(byHand, JSON.stringify(costs))
  assert.equal([cloud?.connections, cloud?.execs, cloud?.bytesUp], [1, 1, byHand?.bytesUp])
  assert.equal([loaded(), asked], [false, 0])
})

const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/slaves/0123456789abcdef'

const { aws: account } = IN_A_CLOUD.cloud
const BALANCED = { ...IN_A_CLOUD, cloud: { aws: { ...account, balancers: [GROUP] } } }

for (const [what, command, inventory] of [
  ['status of hosts behind no balancer', 'status', IN_A_CLOUD],
  ['a plan of hosts behind one', 'plan', BALANCED],
] as const)
  test(`${what} asks the cloud nothing`, async () => {
    const before = asked
    const { code, out, err } = await project(`${command}-alone`, inventory)(command)
    assert.is(code, 0, out + err)
    assert.equal([loaded(), asked], [false, before])
  })

test('status shows how balancers see their targets', async () => {
  const status = project('targets', BALANCED)
  const TARGETS: readonly (readonly [id: string, state: string, code: number, says: RegExp])[] = [
    ['i-1', 'healthy', 0, /^a +balancer +healthy as target of slaves\n$/m],
    ['i-1', 'unhealthy', 1, /^a +balancer +RED +unhealthy as target of slaves \(why\)$/m],
    ['i-2', 'healthy', 1, /^a +balancer +RED +is not a target of slaves: provision registers it when it is healthy$/m],
  ]
  for (const [id, state, expected, says] of TARGETS) {
    answer = `<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions><member>
      <Target><Id>${id}</Id></Target><TargetHealth><State>${state}</State><Description>why</Description></TargetHealth>
      </member></TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>`
    const { code, out, err } = await status('status')
    assert.is(code, expected, out + err)
    assert.match(out, says)
  }
  answer = undefined
  const { code, err } = await status('status')
  assert.is(code, 0)
  assert.match(err, /^The balancers could not be asked .*may not elasticloadbalancing:DescribeTargetHealth/m)
  rmSync(seen)
})

test('what asks the cloud is seen to', async () => {
  const { code, err } = await project('asking', IN_A_CLOUD)('hosts', '--cloud')
  assert.is(code, 1)
  assert.match(err, /your credentials may not ec2:DescribeInstances/)
  assert.equal([loaded(), asked > 0], [true, true])
})

test.run()
