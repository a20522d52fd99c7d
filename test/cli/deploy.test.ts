// `provision deploy` and `provision scale` from the command line to a Marathon and back, over the local transport.
// Under tsx: files of users are loaded in this process.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from '../../src/cli/cli.ts'
import { FakeMarathon } from '../support/fake-marathon.ts'

const test = suite<{ fake: FakeMarathon }>('cli deploy')

const ROLE = `
import { defineRecipe, defineRole } from 'provision-ssh'
import * as v from 'valibot'
const marathon = defineRecipe({ name: 'marathon', attributes: v.object({ httpPort: v.optional(v.number(), 8080) }), resources: () => [] })
export const master = defineRole({ name: 'master', recipes: [marathon] })
`
const APP = {
  id: '/web',
  instances: 2,
  cmd: 'exec sleep 1000',
  cpus: 0.1,
  mem: 16,
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
}

const folder = mkdtempSync(join(tmpdir(), 'provision-deploy-'))
const write = (name: string, content: object | string): void =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
test.before(() => {
  mkdirSync(join(folder, 'roles'))
  write('roles/master.js', ROLE)
  write('none.json', { hosts: { 'm-1': { address: 'localhost', roles: [], ssh: { transport: 'local' } } } })
  write('v1.json', { ...APP, env: { VERSION: 'v1' } })
  write('v2.json', { ...APP, env: { VERSION: 'v2', KEY: { from: 'file:key' } } })
  write('key', 'hunter22\n')
  write('bad.json', { ...APP, env: { VERSION: 'v3', DOES: 'exits' } })
  write('wrong.json', { ...APP, instnaces: 4 })
  write('group-by.json', { ...APP, constraints: [['rack', 'GROUP_BY', '2']] })
})
test.after(() => rmSync(folder, { recursive: true }))

let ticking: NodeJS.Timeout
test.before.each(async (ctx) => {
  ctx.fake = new FakeMarathon()
  await ctx.fake.listen()
  const host = {
    address: '127.0.0.1',
    roles: ['master'],
    vars: { marathon: { httpPort: ctx.fake.port } },
    ssh: { transport: 'local' },
  }
  write('inventory.json', { hosts: { 'm-1': host } })
  ticking = setInterval(() => ctx.fake.tick(500), 20) // its time flies
})
test.after.each(({ fake }) => {
  clearInterval(ticking)
  fake.close()
})

async function provision(line: string, answer?: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await cli(line.split(' '), {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    env: { LANG: 'C.UTF-8' },
    cwd: folder,
    stdin: Object.assign(Readable.from(answer === undefined ? [] : [answer]), { isTTY: answer !== undefined }),
  })
  return { code, stdout: out.join(''), stderr: err.join('') }
}

test('in, out of the way, and back', async ({ fake }) => {
  const first = await provision('deploy v1.json')
  assert.equal([first.code, first.stdout], [0, ''])
  assert.match(first.stderr, /^\/web {3}v1, 2 instances\n(.*\n)*v1 is live after [\d.]+ s\.\n$/)
  const second = await provision('deploy v2.json --json')
  assert.is(second.code, 0)
  const events = second.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(
    [events[0].event, events.at(-1).event, events.at(-1).outcome, events.at(-1).exitCode],
    ['begin', 'done', 'live', 0],
  )
  assert.is((fake.current.definition.env as Record<string, string>).KEY, 'hunter22')
  assert.is(/hunter22/.test(second.stdout + second.stderr), false)
  assert.match(second.stderr, /v2 is live after .* s\. Back again: provision deploy --to v1 \/web\n$/)
  const back = await provision('deploy --to v1 web')
  assert.match(back.stderr, /^\/web {3}v2 → v1, 2 instances\n/)
  assert.equal([back.code, fake.healthy('v1').length], [0, 2])
  assert.match(
    (await provision('deploy --to v1 /web')).stderr,
    /v1 was live already, with 2 tasks: nothing was changed\.\n$/,
  )
})

test('a version that fails', async ({ fake }) => {
  await provision('deploy v1.json')
  const { code, stderr } = await provision('deploy bad.json --failures 2')
  assert.is(code, 1)
  assert.match(
    stderr,
    /\nfailed {5}\d+ tasks of v3 ended: Container exited with status 1\.\n {11}v1 serves again \(2 of 2 healthy\)\.\n$/,
  )
  assert.is(fake.healthy('v1').length, 2)
})

test('scale', async ({ fake }) => {
  await provision('deploy v1.json')
  const { code, stderr } = await provision('scale /web 4')
  assert.equal([code, fake.healthy().length], [0, 4])
  assert.match(stderr, /^\/web {3}v1, 2 → 4 instances\n(.*\n)*4 tasks of v1, all healthy, after [\d.]+ s\.\n$/)
})

test('remove: asks, and takes no for an answer', async ({ fake }) => {
  await provision('deploy v1.json')
  for (const answer of ['n\n', '\n', '', 'yess\n']) {
    const { code, stderr } = await provision('remove /web', answer)
    assert.match(
      stderr,
      /^\/web {3}v1, 2 → 0 instances\n {2}- tasks {6}2: .*\nRemove \/web\? \(y\/N\) Nothing was removed\.\n$/,
    )
    assert.equal([code, fake.healthy().length], [1, 2])
  }
  const look = await provision('remove -C /web')
  assert.match(look.stderr, /^\/web {3}v1, 2 → 0 instances\n {2}- tasks {6}2: .*\n$/)
  assert.equal([look.code, fake.healthy().length], [2, 2])
  const done = await provision('remove web', 'y\n')
  assert.match(done.stderr, /\n\/web is removed after [\d.]+ s: 2 tasks ended\.\n$/)
  assert.equal([done.code, fake.instances.length], [0, 0])
  const again = await provision('remove web --yes --json')
  assert.equal([again.code, again.stderr], [0, 'There is no app /web: nothing to remove.\n'])
  const { ms: _, at: __, ...event } = JSON.parse(again.stdout)
  assert.equal(event, {
    event: 'done',
    app: '/web',
    to: '',
    outcome: 'absent',
    instances: 0,
    findings: [],
    exitCode: 0,
  })
})

const mistakes: readonly (readonly [line: string, code: number, says: RegExp])[] = [
  [
    'deploy wrong.json',
    3,
    /^wrong\.json has 1 mistake:\n {2}instnaces {3}is not a known key; did you mean "instances"\?\n$/,
  ],
  ['deploy nope.json', 3, /^nope\.json cannot be read: there is no such file\n$/],
  ['deploy', 3, /^provision: deploy needs a file: provision deploy app\.json/],
  ['deploy --to v1', 3, /^provision: deploy --to needs an app/],
  ['deploy --image nope.tar v1.json', 3, /^there is no image file .*nope\.tar; docker save writes one\n$/],
  ['deploy --to v1 --image x /web', 3, /^provision: deploy --to takes no --image/],
  ['scale /web', 3, /^provision: scale needs an app and a number/],
  ['scale /web many', 3, /^provision: scale needs a number of tasks, not "many"\n$/],
  ['balance /web', 1, /refused {4}there is no app \/web\n$/],
  ['scale /web 4', 1, /refused {4}there is no app \/web\n$/],
  ['deploy --to v1 --replaces /old /web', 3, /^provision: deploy --to takes no --replaces: it needs an app file\n$/],
  ...['/web/tasks', '/web/versions/', 'web/restart'].flatMap((id): typeof mistakes => [
    [`remove --yes ${id}`, 3, /is not the id of an app: it must not end in tasks, versions or restart/],
    [`scale ${id} 2`, 3, /must not end in tasks/],
    [`balance ${id}`, 3, /must not end in tasks/],
    [`deploy --to v1 ${id}`, 3, /must not end in tasks/],
    [`deploy --replaces ${id} v1.json`, 3, /must not end in tasks/],
  ]),
  ['scale / 2', 3, /^"\/" is not the id of an app: it must name an app: "\/" is the group of all apps\n$/],
  ['remove --yes /shop/*', 3, /^"\/shop\/\*" is not the id of an app: it must be a path of lower-case letters/],
  ['remove --yes ../web', 3, /must not contain "\.\."/],
  ['scale /Web 2', 3, /must be a path of lower-case letters/],
  ['remove', 3, /^provision: remove needs an app: provision remove \/my-app\n$/],
  ['remove /web', 3, /^provision: remove asks first, and nobody can answer here: provision remove --yes \/web\n$/],
  ['balance -i none.json', 1, /^no host of the inventory runs Marathon \(the recipe marathon\)\n$/],
  ['balance -i none.json /web', 1, /refused {4}no host of the inventory runs Marathon/],
  ['remove -i none.json --yes /web', 1, /refused {4}no host of the inventory runs Marathon/],
  [
    'deploy group-by.json',
    1,
    /refused {4}constraints\[0\] {2}GROUP_BY breaks Marathon[\s\S]*\(--allow\s+group-by\)\n$/,
  ],
  ['deploy -i none.json v1.json', 1, /refused {4}no host of the inventory runs Marathon \(the recipe marathon\)\n$/],
]
for (const [line, code, says] of mistakes) {
  test(`provision ${line}`, async ({ fake }) => {
    const ran = await provision(line)
    assert.match(ran.stderr.replace(/\n {13}/g, ' '), says)
    assert.equal([ran.code, ran.stdout, fake.log.requests], [code, '', []])
  })
}

test('the wrapper, for an image', async () => {
  const { code, stdout } = await provision('deploy --prestop')
  const wrapper = readFileSync(new URL('../../templates/prestop.sh', import.meta.url), 'utf8')
  assert.equal([code, stdout], [0, wrapper])
})

test.run()
