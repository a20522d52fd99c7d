import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { terminate } from '../../../src/cloud/ending/terminate.ts'
import type { CloudResult } from '../../../src/cloud/events.ts'
import type { Ground } from '../../../src/cloud/ground.ts'
import { type Declared, inCloud, launch } from '../../../src/cloud/launch/launch.ts'
import { compare } from '../../../src/cloud/ledger/compare.ts'
import { refresh } from '../../../src/cloud/ledger/refresh.ts'
import { launchedHere } from '../../../src/cloud/others/all.ts'
import { GROUP_TAG } from '../../../src/cloud/others/members.ts'
import { TAG } from '../../../src/cloud/provider.ts'
import { groundIn, written } from '../../support/cloud-ground.ts'
import { MemoryCloud } from '../../support/memory-cloud.ts'
import { Killed } from '../../support/memory-machines.ts'
import { quickFolder } from '../../support/quick-folder.ts'
import { document, OTHER, parse } from './support.ts'

const test = suite('instances that others launched')

const folder = quickFolder('discover')
test.after(() => rmSync(folder, { recursive: true }))

type Work = (ground: Ground, hosts: readonly Declared[]) => Promise<unknown>
let stories = 0

/** A group with a host `a` that others launched, and what commands make of it. */
function story(file: object = document()) {
  const cloud = new MemoryCloud()
  cloud.groups.make('web')
  const place = join(folder, String(++stories))
  const ledger = () => written(place).ledger.hosts
  const told: string[] = []
  const run = async <T>(work: (ground: Ground, hosts: readonly Declared[]) => Promise<T>): Promise<T> => {
    const cluster = parse(file, ledger())
    const tell: Ground['tell'] = (event) => void (event.event === 'warning' && told.push(event.text))
    const { transport } = cloud
    const ground = groundIn(place, { cluster, provider: cloud.provider(), transport, pace: 1, tell })
    return work(ground, inCloud(cluster.hosts))
  }
  return { cloud, run, ledger, told }
}
const refreshing = (ground: Ground): Promise<readonly CloudResult[]> => refresh(ground, false)
const outcome = (results: readonly CloudResult[], host: string) =>
  results.flatMap((each) => (each.host === host ? [each.outcome, each.text] : []))

test('a new one is taken in, stays, and is dropped when it has ended', async () => {
  const { cloud, run, ledger } = story()
  const machine = cloud.others('i-0000aaaa', { [GROUP_TAG]: 'web' })
  cloud.others('i-0000bbbb', { [GROUP_TAG]: 'another' })
  assert.equal(outcome(await run(refreshing), 'web-0000aaaa'), ['found', 'i-0000aaaa, web'])
  const [name, of] = Object.entries(ledger())[0] ?? []
  assert.equal([name, of?.role, of?.group, of?.hostKey, of?.user], ['web-0000aaaa', 'web', 'web', machine.key, 'admin'])
  machine.console = ['long forgotten']
  assert.equal(outcome(await run(refreshing), 'web-0000aaaa'), ['there', 'i-0000aaaa running, web'])
  assert.equal(
    (await run(compare)).map(({ host, note }) => [host, note]),
    [['web-0000aaaa', '']],
  )
  machine.instance = { ...machine.instance, state: 'ended' }
  assert.equal(
    (await run(compare)).map(({ note }) => note),
    ['gone: provision refresh'],
  )
  assert.equal(outcome(await run(refreshing), 'web-0000aaaa'), ['gone', 'i-0000aaaa is gone'])
  assert.equal(ledger(), {})
})

const KEYLESS: readonly (readonly [what: string, make: (cloud: MemoryCloud) => void, outcome: string, said: RegExp])[] =
  [
    [
      'has not printed its keys yet',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' }, { launched: Date.now() }).console = []
      },
      'awaited',
      /^i-1 has not printed its host keys yet, \d+ s after its launch$/,
    ],
    [
      'never prints them',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' }).console = []
      },
      'refused',
      /^the console of i-1 shows no host keys .* put it into its tag provision:host-key$/,
    ],
    [
      'shows another one',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' }).key = OTHER
      },
      'refused',
      /^at 10\.0\.9\.1 a machine answers that shows another host key than i-1: nothing was sent to it$/,
    ],
    [
      'has no address',
      (cloud) => void cloud.others('i-1', { [GROUP_TAG]: 'web' }, { privateAddress: undefined as never }),
      'refused',
      /^i-1 has no private address: set "address"$/,
    ],
    [
      'boots still',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' })
        cloud.cloudInit = 'late'
      },
      'awaited',
      /^cloud-init has not finished on i-1 after 60 s$/,
    ],
    [
      'did not boot well',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' })
        cloud.cloudInit = 'failed\nno such package'
      },
      'refused',
      /^cloud-init failed on i-1, which stays to be looked at: no such package/,
    ],
  ]
for (const [what, make, expected, said] of KEYLESS)
  test(`one that ${what}: ${expected}`, async () => {
    const { cloud, run, ledger } = story()
    make(cloud)
    const [is, text] = outcome(await run(refreshing), 'web-1')
    assert.equal([is, ledger()['web-1']?.id], [expected, 'i-1'], text)
    assert.match(text ?? '', said)
    assert.is(ledger()['web-1']?.hostKey, undefined)
  })

test('its tag may hold the key that its console does not show', async () => {
  const { cloud, run, ledger } = story()
  const machine = cloud.others('i-1', { [GROUP_TAG]: 'web' })
  machine.console = []
  machine.instance = { ...machine.instance, tags: { ...machine.instance.tags, [TAG.hostKey]: machine.key } }
  assert.equal(outcome(await run(refreshing), 'web-1')[0], 'found')
  assert.is(ledger()['web-1']?.hostKey, machine.key)
})

test('tags that no instance has are said', async () => {
  const { run, told } = story(document({ cloud: { discover: { tags: { Env: 'live', Part: 'x' } } } }))
  await run(refreshing)
  assert.equal(told, ['no instance that others launched has the tags of "discover" of web: Env=live, Part=x'])
})

test('it is neither launched, nor stopped, nor ended here', async () => {
  const byTags = document({ cloud: { discover: { tags: { Env: 'live' } } } }, { 'ours-1': { cloud: true, roles: [] } })
  const { cloud, run, ledger, told } = story(byTags)
  cloud.others('i-1', { Env: 'live' })
  await run(refreshing)
  const launching: Work = (ground, hosts) => launch(ground, launchedHere(ground, hosts), true)
  assert.equal(
    ((await run(launching)) as CloudResult[]).map(({ host }) => host),
    ['ours-1'],
  )
  assert.equal(told, ['left alone, because others launched them: web-1'])
  const all = await run((ground) => terminate(ground, { allow: [], dry: false }))
  assert.equal(all, [])
  const named = await run((ground) => terminate(ground, { hosts: ['web-1'], allow: [], dry: false }))
  assert.equal(outcome(named, 'web-1'), [
    'refused',
    'others launched i-1: terminate it where it was launched, then run provision refresh',
  ])
  assert.equal([cloud.live().length, Object.keys(ledger())], [1, ['web-1']])
})

test('killed at any call, the next look ends with the same', async () => {
  const calls = async (): Promise<number> => {
    const { cloud, run } = story()
    cloud.others('i-1', { [GROUP_TAG]: 'web' })
    await run(refreshing)
    return cloud.calls
  }
  for (let call = 1; call <= (await calls()); call++)
    for (const done of [false, true]) {
      const { cloud, run, ledger } = story()
      const machine = cloud.others('i-1', { [GROUP_TAG]: 'web' })
      cloud.killAt = { call, done }
      await run(refreshing).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      cloud.revive()
      await run(refreshing)
      assert.equal([Object.keys(ledger()), ledger()['web-1']?.hostKey], [['web-1'], machine.key])
    }
})

test.run()
