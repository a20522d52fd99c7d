import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { fakeMarathon } from '../support/scripted-marathon.ts'
import { until } from '../support/until.ts'
import { A, B, looks, names, registrarSuite, start, status, update, web } from './ground.ts'

const test = registrarSuite('registrar: Marathon is away, or another one leads')

test('follows a standby to the leader, with the credentials, and asks the leader from then on', async (context) => {
  const [standby, leader] = [context.marathon, await fakeMarathon()]
  context.fakes.push(leader)
  standby.leader = leader
  for (const each of [standby, leader]) each.credentials = 'user:pass'
  leader.apps = web(A)
  const file = join(context.folder, 'credentials')
  writeFileSync(file, 'user:pass\n')
  start(context, { marathon: [standby.url], credentials: file })
  await until('attached to the leader', () => leader.streams === 1 && names(context) === 'a')
  const before = looks(standby)
  leader.apps = web(A, B)
  leader.emit('deployment_success', {})
  await until('the second', () => names(context) === 'ab')
  assert.is(looks(standby), before, 'the leader itself was asked')
})

test('wrong credentials: frozen, and said', async (context) => {
  context.marathon.credentials = 'user:pass'
  start(context)
  await until('it says why', () => /answered 401/.test(status(context).marathon))
  assert.equal([status(context).lastSuccess, status(context).locked], [0, true])
  context.marathon.credentials = undefined
  context.marathon.apps = web(A)
  await until('it goes on', () => names(context) === 'a' && !status(context).locked)
})

test('a leader that goes away: frozen; then the next one is found past dead addresses, and nothing was lost', async (context) => {
  const other = await fakeMarathon()
  context.fakes.push(other)
  context.marathon.apps = web(A, B)
  other.leader = context.marathon
  // nobody listens at the first, and nobody answers at the second
  start(
    context,
    { marathon: ['http://127.0.0.1:1', 'http://192.0.2.1:8080', context.marathon.url, other.url] },
    { pending: 50 },
  )
  await until('both', () => names(context) === 'ab' && context.marathon.streams === 1)
  context.marathon.apps = undefined
  context.marathon.cut()
  await until('frozen', () => status(context).marathon !== '' && !status(context).attached)
  assert.is(names(context), 'ab')
  // the new one knows the tasks, but no health yet
  other.leader = undefined
  other.apps = web({ ...A, aliveAt: undefined }, { ...B, aliveAt: undefined })
  await until('attached to the new leader', () => other.streams === 1 && status(context).marathon === '')
  assert.is(names(context), 'ab')
  // and one of them less is only believed when it has said so for a while
  other.apps = web(A)
  other.emit('deployment_success', {})
  await until('one less', () => names(context) === 'a')
  assert.equal(context.consul.writes, ['register a serving', 'register b serving', 'deregister b'])
})

test('what a new leader does not mention goes only after several looks', async (context) => {
  const other = await fakeMarathon()
  context.fakes.push(other)
  context.marathon.apps = web(A, B)
  other.leader = context.marathon
  start(context, {}, { confirm: 60_000 })
  await until('both', () => names(context) === 'ab' && context.marathon.streams === 1)
  context.marathon.apps = undefined
  other.leader = undefined
  other.apps = web(A)
  context.marathon.cut()
  await until('a look at the new leader', () => context.events.some((event) => event.startsWith('not believed yet')))
  assert.is(names(context), 'ab')
})

test('one task less is believed the third time, whoever leads', async (context) => {
  context.marathon.apps = web(A, B)
  start(context)
  await until('both', () => names(context) === 'ab')
  const before = looks(context.marathon)
  context.marathon.apps = web(A)
  context.marathon.emit('deployment_success', {})
  await until('one', () => names(context) === 'a')
  assert.ok(looks(context.marathon) - before >= 3)
})

test('an empty list is believed the third time', async (context) => {
  context.marathon.apps = web(A, B)
  start(context)
  await until('both', () => names(context) === 'ab')
  const before = looks(context.marathon)
  context.marathon.apps = []
  context.marathon.emit('deployment_success', {})
  await until('none', () => names(context) === '')
  assert.ok(looks(context.marathon) - before >= 3)
  assert.is(context.events.filter((event) => event.startsWith('not believed yet')).length, 2)
})

test('an event that Consul could not be told of is made up for', async (context) => {
  context.marathon.apps = web(A)
  start(context)
  await until('registered', () => names(context) === 'a' && context.marathon.streams === 1)
  context.consul.down = true
  context.marathon.emit('status_update_event', update(A, 'TASK_KILLING'))
  await until('it was not told', () => context.events.includes('an event could not be followed at once'))
  context.consul.down = false
  await until('a backup', () => context.consul.writes.includes('register a draining'))
  context.consul.down = true
  context.marathon.emit('status_update_event', update(A, 'TASK_FAILED'))
  await until(
    'it was not told again',
    () => context.events.filter((event) => event.startsWith('an event could not')).length === 2,
  )
  context.consul.down = false
  await until('gone, though the list still calls it running', () => names(context) === '')
})

test('when a stream ends, another instance is asked first', async (context) => {
  const standby = await fakeMarathon()
  standby.leader = context.marathon
  context.fakes.push(standby)
  start(context)
  await until('attached', () => context.marathon.streams === 1)
  const attaching = () => standby.asked.filter(({ line }) => line.startsWith('GET /v2/events')).length
  assert.is(attaching(), 0)
  context.marathon.cut()
  await until('attached again, by way of the other one', () => context.marathon.streams === 1 && attaching() === 1)
})

test('a stream without a byte is dead; an empty line is enough', async (context) => {
  start(context, {}, { silence: 150 })
  await until('attached', () => context.marathon.streams === 1)
  let beats = 0
  const beat = setInterval(() => {
    context.marathon.beat()
    beats++
  }, 20)
  await until('it has lived for much longer than that', () => beats >= 20)
  assert.not(context.events.includes('events lost'))
  clearInterval(beat)
  await until(
    'dead, and attached again',
    () => context.events.includes('events lost') && context.marathon.streams === 1,
  )
})

test('a Marathon that hangs: frozen', async (context) => {
  context.marathon.apps = web(A)
  start(context)
  await until('registered', () => names(context) === 'a' && context.marathon.streams === 1)
  context.marathon.hangs = true
  context.marathon.emit('deployment_success', {})
  await until('frozen', () => /no answer within/.test(status(context).marathon))
  assert.is(names(context), 'a')
})

test.run()
