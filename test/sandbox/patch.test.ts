/** Upgrades of packages in turns: what comes, what is held, security alone, and the reboot that a libc asks for. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { upgrades } from '../../src/cli/patch/upgrades.ts'
import { boot, inTurns } from '../../src/engine/about.ts'
import { makeCluster } from '../../src/inventory/make-cluster.ts'
import { withHosts } from '../support/hosts.ts'
import { loginOf } from '../support/login.ts'
import { REPOSITORIES } from '../support/repositories.ts'
import { recipe, role } from '../support/toys.ts'
import { apply, finish, memory, outcomes, plan, reasons } from '../support/zookeeper.ts'

const test = suite('patching')
const names = ['p-1', 'p-2']
const { host } = await withHosts(
  test,
  import.meta.url,
  names.map((name) => ({ name })),
)
const facts = memory()

const ok = async (name: string, command: string): Promise<string> => {
  const { code, stdout, stderr } = await host(name).sh(command)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
const versions = (name: string): Promise<string> =>
  ok(name, "dpkg-query -W -f '${Package}=${Version} ' p-plain p-held p-sec")
const cluster = () =>
  makeCluster(
    names.map((name) => {
      const { address } = host(name)
      return { name, address, privateAddress: address, roles: ['some'], vars: {}, ssh: loginOf(host(name)) }
    }),
    new Map([['some', role('some', [recipe('some', () => [])])]]),
  )
/** What a plan upgrades on the first host. */
const coming = async (security: boolean): Promise<readonly string[]> => {
  const result = await finish(plan, cluster(), facts, { about: inTurns([upgrades('host', { security })])(cluster()) })
  const { changes = [] } = result.hosts[0]?.plan?.steps[0] ?? {}
  return changes.map(({ attribute, from, to }) => `${attribute} ${from} ${to}`)
}

test('the plan lists what would come, and nothing that is held', async () => {
  await Promise.all(names.map((name) => ok(name, REPOSITORIES)))
  assert.equal(await coming(false), ['p-plain 1 2', 'p-sec 1 2'])
  assert.equal(await coming(true), ['p-sec 1 2'])
  assert.is(await versions('p-1'), 'p-held=1 p-plain=1 p-sec=1')
})

test('security alone; then everything, one host after the other', async () => {
  for (const [security, wanted] of [
    [true, 'p-held=1 p-plain=1 p-sec=2'],
    [false, 'p-held=1 p-plain=2 p-sec=2'],
  ] as const) {
    const about = inTurns([upgrades('host', { security })])(cluster())
    const result = await finish(apply, cluster(), facts, { about })
    assert.equal(outcomes(result), { 'p-1': 'changed', 'p-2': 'changed' }, reasons(result))
    const order = result.events.flatMap((e) =>
      e.event === 'applying' || e.event === 'host' ? [`${e.event} ${e.host}`] : [],
    )
    assert.equal(order, ['applying p-1', 'host p-1', 'applying p-2', 'host p-2'])
    for (const name of names) assert.is(await versions(name), wanted)
    const second = await finish(apply, cluster(), facts, { about })
    assert.equal(outcomes(second), { 'p-1': 'in-sync', 'p-2': 'in-sync' }, reasons(second))
  }
})

test('a host that needs a reboot gets it in the same turn, where that is wanted', async () => {
  const id = () => ok('p-1', 'cat /proc/sys/kernel/random/boot_id')
  await ok('p-1', ': >/run/reboot-required; apt-get -qq -y --allow-downgrades install p-plain=1 >/dev/null')
  const before = await id()
  const about = boot({ ifNeeded: true, within: 240 }, [upgrades('host', { security: false })])(cluster())
  const result = await finish(apply, cluster(), facts, { about })
  assert.equal(outcomes(result), { 'p-1': 'changed', 'p-2': 'in-sync' }, reasons(result))
  assert.is(result.hosts[0]?.steps, 2)
  assert.is(await versions('p-1'), 'p-held=1 p-plain=2 p-sec=2')
  assert.is.not(await id(), before)
})

test.run()
