import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { terminate } from '../../src/cloud/ending/terminate.ts'
import { launch } from '../../src/cloud/launch/launch.ts'
import { refresh } from '../../src/cloud/ledger/refresh.ts'
import type { MemoryCloud } from '../support/memory-cloud.ts'
import { folder, launching, orderedBy, outcomes, story, type Work } from './death-support.ts'

// Every command on instances is killed at each of its calls, before and after what that does. Whatever was left, the
// next run ends with one instance a host, none that is nobody's, and a ledger that says what the tags say.
const test = suite('what else goes wrong with instances')

test.after(() => rmSync(folder, { recursive: true }))

/** What happens to a machine as soon as it is made. @returns what ends that */
const onceMade = (cloud: MemoryCloud, happens: (machine: MemoryCloud['machines'][number]) => void): (() => void) =>
  orderedBy(cloud, (before) => async (order) => {
    const made = await before(order)
    cloud.machines.forEach(happens)
    return made
  })

test('one that never boots says why, and the next run makes another', async () => {
  const { cloud, run, ledger } = story('a')
  const heal = onceMade(cloud, (machine) => {
    machine.instance = { ...machine.instance, state: 'ended', reason: 'Client.VolumeLimitExceeded' }
  })
  const [result] = await run(launching)
  assert.is(result?.outcome, 'failed')
  assert.match(result?.text ?? '', /VolumeLimitExceeded/)
  heal()
  const again = await run(launching)
  assert.equal(outcomes(again), ['launched'], JSON.stringify(again))
  assert.equal(cloud.mistakes(['a'], ledger()), [])
})

test('one that the cloud takes away later, such as a spot instance, is replaced, in one command or after a look', async () => {
  for (const look of [false, true]) {
    const { cloud, run, ledger } = story('a', 'b')
    await run(launching)
    const [machine] = cloud.machines
    if (machine) machine.instance = { ...machine.instance, state: 'ended', reason: 'Server.SpotInstanceTermination' }
    if (look) assert.equal(outcomes(await run((ground) => refresh(ground, false))).sort(), ['gone', 'there'])
    assert.equal(outcomes(await run(launching)).sort(), ['launched', 'there'])
    assert.equal(cloud.mistakes(['a', 'b'], ledger()), [])
    assert.equal(
      Object.values(ledger())
        .map(({ generation }) => generation)
        .sort(),
      [1, 2],
    )
  }
})

test('where cloud-init fails, its words are said and the instance stays; ended by name, it is made anew', async () => {
  const { cloud, run, ledger } = story('a')
  cloud.cloudInit = 'failed\nno such package: curll'
  const [result] = await run(launching)
  assert.is(result?.outcome, 'failed')
  assert.match(result?.text ?? '', /^cloud-init failed on i-1, which stays to be looked at: no such package: curll/)
  assert.is(cloud.live().length, 1)
  cloud.cloudInit = 'booted'
  await run((ground) => terminate(ground, { hosts: ['a'], allow: [], dry: false }))
  assert.equal(outcomes(await run(launching)), ['launched'])
  assert.equal(cloud.mistakes(['a'], ledger()), [])
})

test('where one zone is full, the next is taken', async () => {
  const { cloud, run, ledger } = story('a')
  cloud.full.add('a')
  assert.equal(outcomes(await run(launching)), ['launched'])
  assert.equal(
    cloud.live().map(({ zone }) => zone),
    ['b'],
  )
  assert.equal(cloud.mistakes(['a'], ledger()), [])
})

test('where all are full, nothing is left behind, and the next run finds room', async () => {
  const { cloud, run, ledger, journal } = story('a')
  for (const zone of ['a', 'b']) cloud.full.add(zone)
  const [result] = await run(launching)
  assert.equal([result?.outcome, result?.text], ['failed', 'b is full'])
  assert.equal([cloud.live(), journal()], [[], []])
  cloud.full.clear()
  await run(launching)
  assert.equal(cloud.mistakes(['a'], ledger()), [])
})

test('a machine with another key at that address is told nothing, and stays', async () => {
  const { cloud, run } = story('a')
  onceMade(cloud, (machine) => {
    machine.key = 'ssh-ed25519 BBBB'
  })
  const work: Work = (ground, hosts) => launch(ground, hosts, false)
  const [result] = await run(work)
  assert.is(result?.outcome, 'failed')
  assert.match(result?.text ?? '', /^at 10\.0\.0\.1 a machine answers that is not i-1.*Nothing was sent to it/)
  assert.is(cloud.live().length, 1)
})

test.run()
