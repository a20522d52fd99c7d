import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { status } from '../../src/engine/status.ts'
import { activeFor } from '../../src/engine/units.ts'
import { TransportError } from '../../src/transport/transport.ts'
import { type FakeHost, fakeHost, fakeTransport } from '../support/fake-host.ts'
import { clusterOf, recipe } from '../support/toys.ts'

interface Ctx {
  a: FakeHost
  b: FakeHost
}
const test = suite<Ctx>('status')
test.before.each((ctx) => {
  Object.assign(ctx, { a: fakeHost(), b: fakeHost() })
})
test.after.each(({ a, b }) => {
  a.remove()
  b.remove()
})

for (const [what, answer, wanted] of [
  [
    'two that are active',
    '100.50 7.1\nActiveState=active\nActiveEnterTimestampMonotonic=40000000\n\nActiveState=active\nActiveEnterTimestampMonotonic=99900000',
    [60, 0],
  ],
  [
    'the first was stopped',
    '100.50\nActiveState=inactive\nActiveEnterTimestampMonotonic=40000000\n\nActiveState=active\nActiveEnterTimestampMonotonic=0',
    [undefined, 100],
  ],
  ['no systemd', '', [undefined]],
] as const) {
  test(`since when: ${what}`, () => assert.equal(activeFor(answer), wanted))
}

const well = recipe('app', () => [], {
  health: async ({ name }) => ({ green: name === 'a', says: name === 'a' ? 'runs\u001b[2J' : 'does not run' }),
})
const mute = recipe('app', () => [])

test('each component says how it is, made fit to be shown', async ({ a, b }) => {
  assert.equal(await status(clusterOf(['a', 'b'], well), { transport: fakeTransport({ a, b }) }), [
    { host: 'a', components: [{ host: 'a', component: 'app', green: true, says: 'runs' }] },
    { host: 'b', components: [{ host: 'b', component: 'app', green: false, says: 'does not run' }] },
  ])
})

test('a host that cannot be reached is told apart; one whose recipes say nothing has no components', async ({
  a,
  b,
}) => {
  b.refuse = new TransportError('refused', '10.0.0.2:22 refused the connection')
  assert.equal(await status(clusterOf(['a', 'b'], mute), { transport: fakeTransport({ a, b }) }), [
    { host: 'a', components: [] },
    { host: 'b', unreachable: '10.0.0.2:22 refused the connection' },
  ])
})

test('members that the inventory does not have are said once, by a host that is well; they make nothing red', async ({
  a,
  b,
}) => {
  const asked: string[] = []
  const knowing = recipe('app', () => [], {
    health: async ({ name }) => ({ green: name === 'b', says: 'x' }),
    strangers: async ({ name }) => {
      asked.push(name)
      return [
        { name: 'c', says: 'They know it' },
        { name: 'd', says: 'They know it, too', roles: true },
      ]
    },
  })
  const all = await status(clusterOf(['a', 'b'], knowing), { transport: fakeTransport({ a, b }) })
  assert.equal(asked, ['b'])
  const found = all
    .flatMap((each) => ('components' in each ? each.components : []))
    .filter(({ host }) => 'cd'.includes(host))
  assert.equal(
    found.map(({ component, green }) => [component, green]),
    [
      ['app', true],
      ['app', true],
    ],
  )
  assert.match(found[0]?.says ?? '', /^They know it, and the inventory does not have it\. .* "retire": true/)
  assert.match(
    found[1]?.says ?? '',
    /^They know it, too, and its roles in the inventory do not have app\. .* "retire": true/,
  )
})

for (const [what, ask] of [
  ['cannot be asked', async () => Promise.reject(new Error('no'))],
  ['has none', async () => []],
] as const)
  test(`strangers: who ${what} says nothing of them`, async ({ a, b }) => {
    const knowing = recipe('app', () => [], { health: async () => ({ green: true, says: 'x' }), strangers: ask })
    const all = await status(clusterOf(['a', 'b'], knowing), { transport: fakeTransport({ a, b }) })
    assert.equal(
      all.map((each) => ('components' in each ? each.components.length : 0)),
      [1, 1],
    )
  })

test("a recipe's timer whose last run failed is red, with the reason, and its component is not", async ({ a, b }) => {
  const timed = recipe('app', () => [], {
    health: async () => ({ green: true, says: 'runs' }),
    timers: ['app-backup', 'app-purge'],
  })
  a.fault = (script) =>
    script.includes('app-backup')
      ? { answer: () => 'timer\tapp-backup\tno space left\u001b[2J\ntimer\tapp-purge\t\n' }
      : undefined
  const all = await status(clusterOf(['a', 'b'], timed), { transport: fakeTransport({ a, b }) })
  const green = (host: string) => ({ host, component: 'app', green: true, says: 'runs' })
  assert.equal(all, [
    {
      host: 'a',
      components: [
        green('a'),
        { host: 'a', component: 'app-backup', green: false, says: 'its last run failed: no space left' },
        { host: 'a', component: 'app-purge', green: false, says: 'its last run failed' },
      ],
    },
    { host: 'b', components: [green('b')] },
  ])
})

test('a disk that is full is red, on a host without any unit of a recipe, too', async ({ a, b }) => {
  const own = recipe('app', () => [], { health: async () => ({ green: true, says: 'runs' }) })
  b.fault = (script) => (script.includes('full_disks') ? { answer: () => 'full\t/var/log\tis full\n' } : undefined)
  const all = await status(clusterOf(['a', 'b'], own), { transport: fakeTransport({ a, b }) })
  const disk = { host: 'b', component: 'disk', green: false, says: 'the file system at /var/log is full' }
  assert.equal(
    all.map((each) => 'components' in each && each.components[1]),
    [undefined, disk],
  )
})

test.run()
