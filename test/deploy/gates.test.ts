// How slaves are closed to new tasks for a while, and opened again: a Mesos and a mark that are played.
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Mesos, MesosAwayError } from '../../src/clients/mesos/mesos.ts'
import { gatesOf } from '../../src/deploy/balance/gates.ts'
import type { Connection } from '../../src/transport/transport.ts'
import { stack } from '../recipes/support.ts'
import { slave } from '../support/apps.ts'

const test = suite('deploy: gates')

/** Two slaves, and what is done to them. `mark`: what lies on the first. */
function scene({ mark, away = 0, retire = false }: { mark?: string; away?: number; retire?: boolean } = {}) {
  const log: string[] = []
  const deactivated = new Set<string>()
  const cluster = stack({ slaves: 1, hosts: { 's-9': { address: '10.0.0.29', roles: ['mesos-slave'], retire } } })
  let [lies, misses] = [mark, away]
  const mesos = {
    agents: async () => {
      if (misses-- > 0) throw new MesosAwayError('no master answers as the leader', false)
      const all = ['10.0.0.21', '10.0.0.29'].map((id) => ({ id, deactivated: deactivated.has(id) }))
      return {
        leader: 'm-1',
        missing: [],
        agents: all.map((each) => slave(each.id, { ...each, active: !each.deactivated })),
      }
    },
    deactivate: async (id: string) => {
      log.push(`deactivate ${id}`)
      deactivated.add(id)
    },
    reactivate: async (id: string) => {
      log.push(`reactivate ${id}`)
      deactivated.delete(id)
      return 'done'
    },
  } as unknown as Mesos
  const exec = (script: unknown): object => {
    const text = String((script as { readonly text?: string }).text ?? script)
    let said = ''
    assert.match(text, /docker\.away/)
    if (text.includes('echo taken')) {
      if (lies !== undefined) said = 'taken\n'
      else lies = ''
      log.push(said === '' ? 'marked' : 'taken')
    } else if (text.includes('echo held')) said = lies !== undefined && lies !== '' ? 'held\n' : ''
    else if (lies === '') {
      lies = undefined
      log.push('unmarked')
    }
    const stdout = Readable.from([Buffer.from(said)])
    return { stdout, done: once(stdout, 'end').then(() => ({ code: 0, stderr: '' })) }
  }
  const gates = gatesOf(cluster, mesos, async () => ({ exec }) as unknown as Connection)
  const somebodyDrains = (): void => {
    lies = 'drained\talice\ttoday'
  }
  return { gates, log, somebodyDrains }
}
const hosts = async (gates: ReturnType<typeof scene>['gates']) => (await gates.agents())?.map(({ host }) => host)

test('closed with a mark on the slave, and opened: it counts all the time', async () => {
  const { gates, log } = scene()
  await gates.close('10.0.0.21')
  assert.equal(await hosts(gates), ['10.0.0.21', '10.0.0.29'])
  await gates.open('10.0.0.21')
  assert.equal(log, ['marked', 'deactivate 10.0.0.21', 'reactivate 10.0.0.21', 'unmarked'])
  await gates.open('10.0.0.21')
  assert.is(log.length, 4)
})

test('one that somebody else has taken out of service is left alone', async () => {
  const { gates, log } = scene({ mark: 'drained\tbob\ttoday' })
  await gates.close('10.0.0.21')
  await gates.open('10.0.0.21')
  assert.equal(log, ['taken'])
})

test('one that somebody drains meanwhile stays out of service', async () => {
  const { gates, log, somebodyDrains } = scene()
  await gates.close('10.0.0.21')
  somebodyDrains()
  await gates.open('10.0.0.21')
  assert.equal(log, ['marked', 'deactivate 10.0.0.21'])
})

test('a failover of the masters is waited for', async () => {
  const { gates, log } = scene({ away: 1 })
  await gates.close('10.0.0.21')
  assert.equal(log, ['marked', 'deactivate 10.0.0.21'])
})

test('an agent of no host of the inventory, and one that is to leave', async () => {
  const { gates, log } = scene({ retire: true })
  await gates.close('10.0.0.99')
  assert.equal([log, await hosts(gates)], [[], ['10.0.0.21']])
})

test.run()
