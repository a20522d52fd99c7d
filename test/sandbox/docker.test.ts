/**
 * The recipe docker on real hosts: Debian 12 from nothing, and 13, which has the packages; changed, stopped by hand; what
 * its nightly pruning removes.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { base } from '../../recipes/base.ts'
import { docker } from '../../recipes/docker.ts'
import { netOf } from '../../src/engine/link/net.ts'
import { createTransport, parseInventory } from '../../src/index.ts'
import { defineRole } from '../../src/model/define-recipe.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withHosts } from '../support/hosts.ts'
import { loginOf } from '../support/login.ts'
import { apply, finish, memory, outcomes, plan, reasons } from '../support/zookeeper.ts'

const test = suite('docker on hosts')
const { host } = await withHosts(test, import.meta.url, [
  { name: 'twelve', release: '12' },
  { name: 'thirteen', layer: 'docker-13' },
])
const folder = mkdtempSync(join(tmpdir(), 'provision-docker-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const role = defineRole({ name: 'engine', recipes: [base, docker] })
const both = (): readonly SandboxHost[] => [host('twelve'), host('thirteen')]
const clusterOf = (vars: object): Cluster =>
  parseInventory(
    JSON.stringify({
      vars: { base: { timeSync: 'none' }, docker: vars },
      hosts: Object.fromEntries(
        both().map((h) => [
          h.name,
          {
            address: h.address,
            roles: ['engine'],
            ssh: loginOf(h),
          },
        ]),
      ),
    }),
    { path: 'inventory.json', roles: new Map([['engine', role]]) },
  )
const ok = async (h: SandboxHost, command: string): Promise<string> => {
  const { code, stdout, stderr } = await h.sh(command)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
const facts = memory()

/** Converges, and asks for the second run that must find nothing to do, in one exec a host. */
async function converge(cluster: Cluster): Promise<void> {
  const first = await finish(apply, cluster, facts)
  assert.equal(outcomes(first), { twelve: 'changed', thirteen: 'changed' }, reasons(first))
  const second = await finish(apply, cluster, facts)
  assert.equal(outcomes(second), { twelve: 'in-sync', thirteen: 'in-sync' }, reasons(second))
  assert.equal(
    second.hosts.map((h) => h.cost.execs),
    [1, 1],
  )
}

/** An image from a tar that holds one file. */
function image(name: string): {
  readonly name: string
  readonly import: readonly string[]
  readonly source: string
  readonly sha256: string
} {
  // a tar by hand: one header, one block, two empty ones
  const header = Buffer.alloc(512)
  header.write('hello', 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write('00000000006\0', 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((a, b) => a + b, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const tar = Buffer.concat([header, Buffer.from('hello\n'.padEnd(512, '\0')), Buffer.alloc(1024)])
  const source = join(folder, 'root.tar')
  writeFileSync(source, tar)
  return { name, import: ['CMD ["/none"]'], source, sha256: createHash('sha256').update(tar).digest('hex') }
}

test('its first start is with its configuration, its images are there', async () => {
  await converge(clusterOf({ images: [image('kept:1')] }))
  for (const h of both()) {
    assert.is(
      await ok(
        h,
        "docker info --format '{{.LoggingDriver}} {{.LiveRestoreEnabled}}'; docker image inspect --format '{{index .RepoTags 0}}' kept:1",
      ),
      'json-file false\nkept:1',
    )
    assert.is(
      await ok(h, 'apt-mark showhold | grep -x docker.io; systemctl is-active docker-prune.timer'),
      'docker.io\nactive',
    )
  }
})

test('another configuration restarts the daemon, one host after the other', async () => {
  const pids = () => Promise.all(both().map((h) => ok(h, 'systemctl show --value -p MainPID docker')))
  const before = await pids()
  await converge(clusterOf({ images: [image('kept:1')], logMaxFiles: 5 }))
  const after = await pids()
  assert.ok(before.every((pid, i) => pid !== after[i]))
})

test('what dockerd reads again is reloaded: no restart, and the daemon has it', async () => {
  const pids = () => Promise.all(both().map((h) => ok(h, 'systemctl show --value -p MainPID docker')))
  const before = await pids()
  const vars = { images: [image('kept:1')], logMaxFiles: 5 }
  const info = "docker info --format '{{json .RegistryConfig.Mirrors}} {{json .Labels}} {{.Debug}}'"
  const settings = { 'registry-mirrors': ['https://m.example.com'], labels: ['rack=r1'], debug: true }
  await converge(clusterOf({ ...vars, settings }))
  for (const h of both()) assert.is(await ok(h, info), '["https://m.example.com/"] ["rack=r1"] true')
  await converge(clusterOf({ ...vars, settings: { 'registry-mirrors': [], labels: [], debug: false } }))
  for (const h of both()) assert.match(await ok(h, info), /^(null|\[\]) (null|\[\]) false$/)
  assert.equal(await pids(), before)
  const { hosts } = await finish(
    plan,
    clusterOf({ ...vars, settings: { 'registry-mirrors': [], labels: [], debug: false } }),
    facts,
  )
  assert.equal(
    hosts.flatMap(({ plan: of }) => of?.warnings ?? []),
    [],
  )
  await converge(clusterOf(vars))
})

test('a setting that dockerd does not start with is put back, and it runs again', async () => {
  const before = await Promise.all(both().map((h) => ok(h, 'cat /etc/docker/daemon.json')))
  const result = await finish(
    apply,
    clusterOf({ images: [image('kept:1')], logMaxFiles: 5, settings: { 'storage-driver': 'floppy' } }),
    facts,
  )
  const failed = result.hosts.filter(({ outcome }) => outcome === 'failed')
  assert.is(failed.length, 1, 'the first one, and no other')
  assert.match(failed[0]?.output?.join('\n') ?? '', /floppy/)
  assert.match(
    failed[0]?.output?.join('\n') ?? '',
    /Put back, and docker\.service runs with that again: \/etc\/docker\/daemon\.json/,
  )
  for (const [i, h] of both().entries())
    assert.is(await ok(h, 'systemctl is-active docker; cat /etc/docker/daemon.json'), `active\n${before[i]}`)
  // no tasks run there, so that nothing was taken out of service, and nothing is left to do
  assert.not.match(failed[0]?.reason ?? '', /service, as it was|not back in service/)
  const next = await finish(apply, clusterOf({ images: [image('kept:1')], logMaxFiles: 5 }), facts)
  assert.equal(Object.values(outcomes(next)), ['in-sync', 'in-sync'], reasons(next))
})

test('stopped by hand: the plan says that nobody knows its images; then all is as before', async () => {
  const cluster = clusterOf({ images: [image('kept:1')], logMaxFiles: 5 })
  const transport = createTransport()
  for (const h of both()) await ok(h, 'systemctl stop docker.service docker.socket')
  const planned = await finish(plan, cluster, facts)
  for (const { plan: of } of planned.hosts)
    assert.equal(
      of?.steps.map((s) => s.resource),
      ['service docker', 'image kept:1'],
    )
  for (const member of cluster.hosts) {
    const connection = await transport.connect(member)
    const health = await docker.health?.(
      member,
      cluster,
      netOf(async () => connection),
    )
    await connection.close()
    assert.equal([health?.green, health?.down], [false, true])
  }
  await converge(cluster)
})

test('pruning removes what is of no use, and nothing else', async () => {
  for (const h of both()) {
    await ok(
      h,
      `export DEBIAN_FRONTEND=noninteractive; apt-get -q -y install --no-install-recommends docker-registry >/dev/null
      printf 'version: 0.1\\nstorage: {filesystem: {rootdirectory: /var/lib/docker-registry}}\\nhttp: {addr: "127.0.0.1:5000"}\\n' >/etc/docker/registry/config.yml
      systemctl restart docker-registry; until curl -s http://127.0.0.1:5000/v2/; do sleep 0.1; done
      for n in used old named provision young; do
        printf "$n" >/tmp/$n; tar -C /tmp -cf - $n | docker import - 127.0.0.1:5000/$n:1 >/dev/null; docker push -q 127.0.0.1:5000/$n:1 >/dev/null
      done
      tar -C /tmp -cf - old | docker import - loaded:1 >/dev/null; tar -C /tmp -cf - old | docker import - >/dev/null
      docker tag 127.0.0.1:5000/provision:1 provision/it:abc; docker tag 127.0.0.1:5000/old:1 old:also
      docker create --name uses 127.0.0.1:5000/used:1 /none >/dev/null`,
    )
    await ok(
      h,
      'sed \'s/ named:1 / x /; s/^keep=.*/keep=" 127.0.0.1:5000\\/named:1 kept:1 "/\' /usr/local/lib/provision/docker-prune >/tmp/prune; /usr/local/lib/provision/docker-prune',
    )
    const names = () =>
      ok(h, "docker image ls --format '{{.Repository}}:{{.Tag}}' | sed 's#127.0.0.1:5000/##' | sort | tr '\\n' ' '")
    // one without a name goes at once; all others are too young
    assert.is(await names(), 'kept:1 loaded:1 named:1 old:1 old:also provision/it:abc provision:1 used:1 young:1')
    await ok(h, "sed -i 's/^limit=.*/limit=9999999999/' /tmp/prune; sh /tmp/prune")
    assert.is(await names(), 'kept:1 loaded:1 named:1 provision/it:abc provision:1 used:1')
    assert.is(
      await ok(h, 'systemctl start docker-prune.service; systemctl is-failed docker-prune.service || :'),
      'inactive',
    )
  }
})

test.run()
