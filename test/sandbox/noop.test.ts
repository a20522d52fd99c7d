/** A no-op costs one connection and one session, counted by the host's own sshd, and writes nothing on the host. */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import * as v from 'valibot'
import { apply, defineRecipe, defineRole, file, makeCluster } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { ensemble, finish, LAYER, memory, outcomes, reasons } from '../support/zookeeper.ts'

const test = suite('no-op')
const { box } = await withHosts(test, import.meta.url)
let host: SandboxHost

const sh = async (command: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(command)
  assert.equal(code, 0, stderr)
  return stdout.trim()
}

/** What sshd has logged of connections and sessions since a cursor of the journal. */
const counted = async (cursor: string) => {
  const log = await sh(journal(`-t sshd -t sshd-session --after-cursor='${cursor}' -o cat`))
  const count = (pattern: RegExp) => log.split('\n').filter((line) => pattern.test(line)).length
  return { connections: count(/^Accepted publickey /), sessions: count(/^Starting session: /) }
}
const cursor = () => sh(`${journal('-n 1 --show-cursor')} | sed -n 's/^-- cursor: //p'`)

/** Every file of the host but what sshd and sudo write anyway, with its times. */
const tree = () =>
  sh(
    `find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /var/log -o -path /tmp -o -path /dev \\) -prune -o -printf '%p %y %m %u %g %s %T@ %C@\\n'`,
  )

test.before(async () => {
  ;[host] = (await box.up([{ name: 'zk-1', layer: LAYER }])) as [SandboxHost]
  // a reload returns before sshd has closed its port and opened it again
  await sh('echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/verbose.conf; systemctl restart ssh')
  // nobody else writes: timers make backups and clean up, at midnight or a while after the boot
  await sh("systemctl stop '*.timer'")
})

test('a ZooKeeper host: one connection, one session, less than 20 kB up, nothing written', async () => {
  const facts = memory()
  const cluster = ensemble([host])
  const first = await finish(apply, cluster, facts)
  assert.deepEqual(outcomes(first), { 'zk-1': 'changed' }, reasons(first))
  const settled = await finish(apply, cluster, facts)
  assert.deepEqual(outcomes(settled), { 'zk-1': 'in-sync' }, reasons(settled))
  const before = await tree()
  const from = await cursor()
  const second = await finish(apply, cluster, facts)
  assert.deepEqual(outcomes(second), { 'zk-1': 'in-sync' }, reasons(second))
  assert.deepEqual(await counted(from), { connections: 1, sessions: 1 })
  const { cost } = second.hosts[0] as (typeof second.hosts)[0]
  assert.ok(cost.bytesUp < 20_000, `${cost.bytesUp} bytes up`)
  assert.deepEqual([cost.connections, cost.execs], [1, 1])
  const changed = (await tree()).split('\n').filter((line) => !before.includes(`${line}\n`) && !before.endsWith(line))
  assert.deepEqual(
    changed.filter((line) => !line.startsWith('/var/lib/zookeeper-log')),
    [],
    'a no-op wrote something',
  )
  console.log(`ZooKeeper host: ${cost.bytesUp} bytes up, ${cost.bytesDown} bytes down`)
})

test('1000 files: one session', async () => {
  const facts = memory()
  const names = Array.from({ length: 1000 }, (_, i) => `/srv/file-${i}`)
  const recipe = defineRecipe({
    name: 'files',
    attributes: v.object({}),
    resources: () => names.map((name) => file(name, { content: `this is ${name}\n` })),
  })
  const { name, address, user, identityFile, hostKey } = host
  const entry = {
    name,
    address,
    privateAddress: address,
    roles: ['files'],
    vars: {},
    ssh: { user, identityFile, hostKey },
  }
  const cluster = makeCluster([entry], new Map([['files', defineRole({ name: 'files', recipes: [recipe] })]]))
  assert.deepEqual(outcomes(await finish(apply, cluster, facts)), { 'zk-1': 'changed' })
  const from = await cursor()
  const second = await finish(apply, cluster, facts)
  assert.deepEqual(outcomes(second), { 'zk-1': 'in-sync' }, reasons(second))
  assert.deepEqual(await counted(from), { connections: 1, sessions: 1 })
})

test.run()
