import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { haproxyStats, parseStats } from '../../src/clients/haproxy.ts'

const test = suite('cluster/haproxy')

/**
 * What a real HAProxy 2.6.12 answered (Debian 12): be_web has one up, one down and a backup, be_api only a backup,
 * be_dead nothing.
 */
const recorded = readFileSync(new URL('answers/haproxy-stats-2.6.csv', import.meta.url), 'utf8')
const backends = new Map(parseStats(recorded).map((backend) => [backend.name, backend]))
const names = (name: string, of: 'servers' | 'active') => backends.get(name)?.[of].map((server) => server.name)

test('backends, without frontends', () =>
  assert.equal([...backends.keys()], ['admin', 'no_app', 'be_web', 'be_api', 'be_dead']))

for (const [name, servers, active] of [
  ['be_web', ['t_aaaaaaaa_1', 't_bbbbbbbb_1', 't_cccccccc_1'], ['t_aaaaaaaa_1']],
  ['be_api', ['t_dddddddd_1', 't_eeeeeeee_1', 't_ffffffff_1'], ['t_eeeeeeee_1']],
  ['be_dead', ['t_00000001_1', 't_00000002_1'], []],
  ['no_app', [], []],
] as const) {
  test(`${name}: who is there, and who gets its traffic`, () =>
    assert.equal([names(name, 'servers'), names(name, 'active')], [servers, active]))
}

test('a server', () => {
  assert.equal(backends.get('be_web')?.servers[0], {
    name: 't_aaaaaaaa_1',
    status: 'UP',
    up: true,
    passes: true,
    backup: false,
    sessions: 3,
  })
  assert.equal(
    backends.get('be_dead')?.servers.map(({ status, up, passes }) => ({ status, up, passes })),
    [
      { status: 'DOWN', up: false, passes: false },
      { status: 'MAINT', up: false, passes: undefined },
    ],
  )
})

test('the servers of an app without their check are no backend of their own', () => {
  const row = (backend: string, server: string, status: string, backup = 0) =>
    `${backend},${server},${status},2,${backup},0,L4OK\n`
  const csv = [
    '# pxname,svname,status,type,bck,stot,check_status\n',
    row('be_web', 'a', 'DOWN'),
    row('be_web', 'b', 'DOWN', 1),
    row('be_web', 'c', 'DOWN', 1),
    'be_web,BACKEND,DOWN,1,0,0,\n',
    row('any_web', 'a', 'DOWN'),
    row('any_web', 'b', 'UP'),
    row('any_web', 'c', 'UP', 1),
    'any_web,BACKEND,UP,1,0,0,\n',
    // an app of that name
    row('be_any_web', 'd', 'UP'),
    'be_any_web,BACKEND,UP,1,0,0,\n',
  ].join('')
  const names = (of: readonly { readonly name: string }[]) => of.map(({ name }) => name)
  assert.equal(
    parseStats(csv).map(({ name, servers, active, unchecked }) => [name, ...[servers, active, unchecked].map(names)]),
    [
      ['be_web', ['a', 'b', 'c'], [], ['b']],
      ['be_any_web', ['d'], ['d'], []],
    ],
  )
})

test('a cell with a comma and a quote in it', () => {
  const csv = '# pxname,svname,last_chk,status,type,bck,stot\nb,s,"a, ""b""",UP,2,0,7\nb,BACKEND,,UP,1,0,7\n'
  assert.equal(parseStats(csv)[0]?.servers[0], {
    name: 's',
    status: 'UP',
    up: true,
    passes: undefined,
    backup: false,
    sessions: 7,
  })
})

for (const answer of ['', '<html>', 'pxname,svname\n']) {
  test(`no statistics: ${JSON.stringify(answer)}`, () =>
    assert.throws(() => parseStats(answer), /not what HAProxy answers/))
}

test('asked over HTTP', async () => {
  const server = createServer(({ url }, response) => response.writeHead(url === '/;csv' ? 200 : 404).end(recorded))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const dial = async () => connect((server.address() as AddressInfo).port, '127.0.0.1')
  try {
    assert.is((await haproxyStats(dial)).length, 5)
    const why = await haproxyStats(dial, '/x').catch((error: Error) => error.message)
    assert.is(why, "HAProxy's statistics answered 404")
  } finally {
    server.close()
  }
})

for (const [what, status, outcome, passes] of [
  ['before its first check', 'UP', 'INI', undefined],
  ['without checks', 'no check', '', undefined],
  ['while the next check is under way', 'UP', '* L7OK', true],
  ['on its way down', 'UP 1/2', 'L7STS', true],
  ['down', 'DOWN', '* L4CON', false],
  ['drained', 'DRAIN', 'L7OK', undefined],
] as const)
  test(`a server ${what}`, () => {
    const [head = '', ...rows] = recorded.split('\n')
    const at = (name: string): number => head.slice(2).split(',').indexOf(name)
    const changed = rows.map((row) => {
      const cells = row.split(',')
      if (cells[1] === 't_aaaaaaaa_1') Object.assign(cells, { [at('status')]: status, [at('check_status')]: outcome })
      return cells.join(',')
    })
    const servers = parseStats([head, ...changed].join('\n')).flatMap((backend) => backend.servers)
    assert.is(servers.find(({ name }) => name === 't_aaaaaaaa_1')?.passes, passes)
  })

test.run()
