import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until } from '../support/until.ts'
import {
  A,
  B,
  type Ctx,
  looks,
  names,
  registrarSuite,
  SLAVE,
  short,
  start,
  status,
  task,
  update,
  web,
} from './ground.ts'
import { taskId } from './support.ts'

const test = registrarSuite('registrar')

/** Waits until a look that was begun from now on is over. */
async function lookAgain(context: Ctx): Promise<void> {
  const { lastSuccess } = status(context)
  const before = looks(context.marathon)
  context.marathon.emit('deployment_success', {})
  await until(
    'another look is over',
    () => looks(context.marathon) > before && status(context).lastSuccess > lastSuccess,
  )
}

test('registers what is ready, and says how it is', async (context) => {
  context.marathon.apps = web(A, task('cccccccc', 31003, { aliveAt: undefined }), {
    ...B,
    slaveId: 'S2',
    host: '10.0.0.22',
  })
  start(context)
  await until('it is attached and has looked', () => status(context).attached && status(context).lastSuccess > 0)
  assert.is(names(context), 'a')
  const { serving, draining, slave, marathon, consul, pid } = status(context)
  assert.equal(
    { serving, draining, slave, marathon, consul, pid },
    { serving: 1, draining: 0, slave: SLAVE, marathon: '', consul: '', pid: process.pid },
  )
  const stream = context.marathon.asked.find(({ line }) => line.startsWith('GET /v2/events'))
  assert.is(stream?.headers.accept, 'text/event-stream')
  assert.match(stream?.line ?? '', /event_type=status_update_event/)
})

test('what is registered already is not written again', async (context) => {
  context.marathon.apps = web(A)
  start(context)
  await until('the first', () => names(context) === 'a')
  await lookAgain(context)
  context.marathon.apps = web(A, B)
  context.marathon.emit('deployment_success', {})
  await until('the second', () => names(context) === 'ab')
  assert.equal(context.consul.writes, ['register a serving', 'register b serving'])
})

test('a task that is being killed is a backup at once, and gone when it has ended, whatever the list says', async (context) => {
  context.marathon.apps = web(A, B)
  start(context)
  await until('both', () => names(context) === 'ab' && context.marathon.streams === 1)
  context.marathon.emit('status_update_event', update(A, 'TASK_KILLING'))
  await until('a backup', () => context.consul.writes.includes('register a draining'))
  // the list still calls it running: nothing makes it serve again
  await lookAgain(context)
  context.marathon.emit('status_update_event', update(A, 'TASK_KILLED'))
  await until('gone', () => names(context) === 'b')
  await lookAgain(context)
  context.marathon.apps = web(B, task('cccccccc', 31003))
  context.marathon.emit('deployment_success', {})
  await until('its successor', () => names(context) === 'bc')
  assert.equal(context.consul.writes.slice(2), ['register a draining', 'deregister a', 'register c serving'])
})

test('the port of a dead task, taken by another app: nobody is sent there', async (context) => {
  context.marathon.apps = web(A, B)
  start(context)
  await until('both', () => names(context) === 'ab' && context.marathon.streams === 1)
  // an app that is not balanced, so that the list does not have it
  context.marathon.emit('status_update_event', { ...update(A, 'TASK_STARTING'), taskId: taskId('other', 'dddddddd') })
  await until('the old one is gone', () => names(context) === 'b')
  // though the list still calls it running
  await lookAgain(context)
  assert.is(names(context), 'b')
})

test('what lies there from before is purged; what is not ours is not touched', async (context) => {
  const old = {
    ID: `provision:main:${taskId('web', '00000000')}:0`,
    Service: 'web',
    Port: 31009,
    Meta: { 'managed-by': 'provision-registrar', cluster: 'main' },
  }
  for (const each of [old, { ...old, ID: 'redis', Meta: {} }, { ...old, ID: old.ID.replace('main', 'other') }])
    context.consul.services.set(each.ID, each)
  context.marathon.apps = web(A)
  start(context)
  await until('the old one is gone', () => context.consul.writes.includes('deregister 0'))
  assert.equal([...context.consul.services.keys()].map(short).toSorted(), ['0', 'a', 'redis'].toSorted())
  assert.equal(context.consul.writes, ['register a serving', 'deregister 0'])
})

test('a Consul agent that is away, and comes back empty', async (context) => {
  context.consul.down = true
  context.marathon.apps = web(A)
  start(context)
  await until('it says so', () => status(context).consul !== '')
  context.consul.down = false
  await until('registered', () => names(context) === 'a' && status(context).consul === '')
  context.consul.services.clear()
  context.marathon.emit('deployment_success', {})
  await until('registered again', () => names(context) === 'a')
})

test('with a token', async (context) => {
  const file = join(context.folder, 'token')
  writeFileSync(file, 's3cret\n')
  context.consul.token = 's3cret'
  context.marathon.apps = web(A)
  start(context, { consulToken: file })
  await until('registered', () => names(context) === 'a')
})

test('an agent that cannot be asked: names decide, until it says its id', async (context) => {
  context.agent.id = ''
  context.marathon.apps = web({ ...A, slaveId: 'S7' })
  start(context)
  await until('by its name', () => names(context) === 'a')
  context.agent.id = 'S7'
  context.marathon.apps = web({ ...A, slaveId: 'S7' }, { ...B, slaveId: 'S7' })
  context.marathon.emit('deployment_success', {})
  await until('by its id', () => names(context) === 'ab' && status(context).slave === 'S7')
})

test('looks now and then though nothing happens', async (context) => {
  context.marathon.apps = web(A)
  start(context, {}, { reconcile: 40 })
  await until('five looks', () => looks(context.marathon) >= 5)
})

test('stops at once, also while Marathon hangs; what is registered stays', async (context) => {
  context.marathon.apps = web(A)
  start(context, {}, { marathon: { connect: 60_000, answer: 60_000 } })
  await until('registered', () => names(context) === 'a' && context.marathon.streams === 1)
  context.marathon.hangs = true
  const before = looks(context.marathon)
  context.marathon.emit('deployment_success', {})
  await until('it asks', () => looks(context.marathon) > before)
  const began = performance.now()
  await context.running[0]?.stop()
  assert.ok(performance.now() - began < 30_000)
  assert.is(names(context), 'a')
})

test.run()
