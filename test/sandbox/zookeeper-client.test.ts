/** The stand-ins' ZooKeeper client against a real ensemble of three. */
import { EventEmitter, once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { type State, ZkError, ZooKeeper } from '../standins/zookeeper.ts'
import { withHosts } from '../support/hosts.ts'
import { apply, ensemble, finish, LAYER, memory, outcomes, reasons } from '../support/zookeeper.ts'

const test = suite('zookeeper client on an ensemble')
const { box } = await withHosts(test, import.meta.url)
const NAMES = ['zk-1', 'zk-2', 'zk-3']
const open: ZooKeeper[] = []

/** A client of all three; a session of four seconds is the shortest that they grant. */
const client = ({ auth, timeout = 20_000 }: { auth?: string; timeout?: number } = {}): ZooKeeper => {
  const servers = NAMES.map((name) => ({ host: box.host(name).address, port: 2181 }))
  const zk = new ZooKeeper({ servers, timeout, ...(auth !== undefined && { auth }) })
  open.push(zk)
  return zk
}

/** Resolves once this member serves again. */
const serves = async (host: SandboxHost): Promise<void> => {
  const zk = new ZooKeeper({ servers: [{ host: host.address, port: 2181 }], timeout: 4000 })
  await zk.connected()
  await zk.close()
}

const become = async (zk: ZooKeeper, wanted: State): Promise<void> => {
  while (zk.state !== wanted) {
    if (zk.state === 'expired') throw new Error(`expired, and will never be ${wanted}`)
    await once(zk, 'state')
  }
}

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error) => (error instanceof ZkError ? error.code : String(error)),
  )

const there = async (zk: ZooKeeper, path: string, wanted: boolean): Promise<void> => {
  for (;;) {
    const changed = new EventEmitter()
    const change = once(changed, 'change')
    if (((await zk.exists(path, () => changed.emit('change'))) !== undefined) === wanted) return
    await change
  }
}

test.before(async () => {
  const hosts = await box.up(NAMES.map((name) => ({ name, layer: LAYER })))
  const result = await finish(apply, ensemble(hosts as SandboxHost[]), memory())
  assert.equal(Object.values(outcomes(result)), ['changed', 'changed', 'changed'], reasons(result))
})
test.after(() => {
  for (const zk of open) zk.destroy()
})

test('nodes: made with what is above them, read, written by version, listed, removed', async () => {
  const zk = client()
  assert.is(await zk.create('/a/b/c', 'hello', { parents: true }), '/a/b/c')
  assert.is((await zk.get('/a/b/c')).data.toString(), 'hello')
  assert.is((await zk.set('/a/b/c', 'there', 0)).version, 1)
  assert.is(await zk.create('/a/b/n_', '', { sequential: true }), '/a/b/n_0000000001')
  assert.equal(await zk.children('/a/b'), ['c', 'n_0000000001'])
  const refused = [
    ['NodeExists', zk.create('/a/b/c')],
    ['NoNode', zk.create('/no/where')],
    ['NoNode', zk.get('/nothing')],
    ['NoNode', zk.children('/nothing')],
    ['BadVersion', zk.set('/a/b/c', 'x', 0)],
    ['NotEmpty', zk.delete('/a/b')],
  ] as const
  for (const [wanted, work] of refused) assert.is(await code(work), wanted)
  await zk.delete('/a/b/c', 1)
  assert.is(await zk.exists('/a/b/c'), undefined)
})

test('a watch is called once; an ephemeral node goes with its session: at once when that is closed, in time when it is dropped', async () => {
  const [zk, one, two] = [client(), client(), client({ timeout: 4000 })]
  await zk.create('/members')
  const seen: string[] = []
  await zk.children('/members', ({ type, path }) => seen.push(`${type} ${path}`))
  const first = await one.create('/members/m_', 'one', { ephemeral: true, sequential: true })
  const second = await two.create('/members/m_', 'two', { ephemeral: true, sequential: true })
  assert.equal([first, second], ['/members/m_0000000000', '/members/m_0000000001'])
  await zk.sync('/members')
  assert.equal(await zk.children('/members'), ['m_0000000000', 'm_0000000001'])
  assert.equal(seen, ['4 /members'], 'the second change is not told')
  await one.close()
  await zk.sync('/members')
  assert.is(await zk.exists(first), undefined)
  const dropped = performance.now()
  two.destroy()
  await there(zk, second, false)
  const known = performance.now() - dropped
  assert.ok(known > 1000, `its session was known for ${known} ms; it said something within the third of its 4 s before`)
})

test('who made a node with a name is the only one to change it', async () => {
  const [owner, stranger] = [client({ auth: 'mesos:secret' }), client()]
  await owner.create('/owned', 'mine')
  await stranger.sync('/owned')
  assert.is((await stranger.get('/owned')).data.toString(), 'mine')
  assert.is(await code(stranger.set('/owned', 'theirs')), 'NoAuth')
  await owner.set('/owned', 'still mine')
})

for (const [way, stop, start] of [
  ['is killed', 'systemctl kill -s KILL zookeeper; systemctl stop zookeeper', 'systemctl start zookeeper'],
  ['falls silent', 'freeze', 'thaw'],
] as const)
  test(`its server ${way}: the session, its nodes and its watches go on at another`, async () => {
    const zk = client({ timeout: 20_000 })
    const path = await zk.create('/mine_', '', { ephemeral: true, sequential: true })
    const seen: number[] = []
    await zk.exists(`${path}-sign`, ({ type }) => seen.push(type))
    const [session, server] = [zk.id, zk.server?.host]
    const host = box.hosts().find((h) => h.address === server) as SandboxHost
    const states: State[] = []
    zk.on('state', (state) => states.push(state))
    const back = become(zk, 'suspended').then(() => become(zk, 'connected'))
    if (stop === 'freeze') await box.freeze(host.name)
    else await host.sh(stop)
    await back
    assert.equal(states.slice(0, 2), ['suspended', 'connected'])
    assert.not.ok(states.includes('expired'))
    assert.is(zk.id, session)
    assert.is.not(zk.server?.host, server)
    const other = client()
    await other.sync(path)
    assert.ok(await other.exists(path))
    await other.create(`${path}-sign`, '', { ephemeral: true })
    await there(zk, `${path}-sign`, true)
    assert.equal(seen, [1])
    if (start === 'thaw') await box.thaw(host.name)
    else await host.sh(start)
    await serves(host)
  })

test('no server for the whole time of the session: expired, and what waits is told', async () => {
  const zk = client({ timeout: 4000 })
  await zk.connected()
  const expired = become(zk, 'expired')
  await box.freeze('zk-1', 'zk-2', 'zk-3')
  await become(zk, 'suspended')
  const waits = code(zk.get('/a'))
  await expired
  assert.is(await waits, 'SessionExpired')
  assert.is(await code(zk.get('/a')), 'SessionExpired')
  await box.thaw('zk-1', 'zk-2', 'zk-3')
})

test.run()
