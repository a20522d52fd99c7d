/**
 * How the packages of the Mesos stand-ins are configured and started, in both families: through a wrapper that makes
 * flags of files.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import { mesosphereMesos } from '../../standins/build/mesos.ts'
import { withHosts } from '../../support/hosts.ts'
import { journal } from '../../support/journal.ts'
import { install, ok, STANDINS, zooKeeperOn } from '../../support/mesos.ts'
import { eventually, PATIENCE } from '../../support/until.ts'

const test = suite('mesos stand-ins: packages')
const { box, host } = await withHosts(test, import.meta.url)

const put = (h: SandboxHost, path: string, content: string): Promise<string> =>
  ok(h, `mkdir -p "$(dirname '${path}')"; cat >'${path}'`, content)

/** How the wrapper ends, and what it says. */
const wrapper = async (h: SandboxHost, daemon: string): Promise<string> => {
  const { code, stdout } = await h.sh(`timeout ${PATIENCE} mesos-init-wrapper ${daemon} 2>&1`)
  return `${code} ${stdout}`
}

/** What the wrapper says that goes on once it has said that it started. */
const goesOn = (h: SandboxHost, daemon: string): Promise<string> =>
  ok(
    h,
    `mesos-init-wrapper ${daemon} >/srv/said 2>&1 & until ! kill -0 $! || grep -q 'started on' /srv/said; do sleep .1; done
    sleep 3; kill $! && cat /srv/said`,
  )

const slaves = async (h: SandboxHost): Promise<{ hostname: string; attributes: Record<string, string> }[]> =>
  ((await (await fetch(`http://${h.address}:5050/slaves`)).json()) as { slaves: [] }).slaves

test.before(async () => {
  const hosts = await box.up(['old', 'new'].map((name) => ({ name, layer: STANDINS })))
  await Promise.all([
    zooKeeperOn(hosts.slice(0, 1)),
    install(hosts.slice(0, 1), await mesosphereMesos()),
    install(hosts.slice(1)),
  ])
})

test("Mesosphere's: both daemons are enabled wherever it is installed, and take their flags from files", async () => {
  const old = host('old')
  assert.is(await ok(old, 'systemctl is-enabled mesos-master mesos-slave | paste -sd" "'), 'enabled enabled')
  assert.is(
    await ok(old, 'readlink /usr/sbin/mesos-slave; cat /etc/mesos/zk /etc/mesos-slave/work_dir | paste -sd" "'),
    'mesos-agent\nzk://localhost:2181/mesos /var/lib/mesos',
  )
  await put(old, '/etc/mesos/zk', `zk://${old.address}:2181/mesos\n`)
  for (const [name, value] of Object.entries({ ip: old.address, hostname: old.address }))
    await put(old, `/etc/mesos-master/${name}`, value)
  const slave = {
    ip: old.address,
    hostname: old.address,
    launcher: 'posix',
    resources: '',
    'attributes/rack': 'r1',
    'attributes/zone': 'a',
    '?no-systemd_enable_support': '',
  }
  for (const [name, value] of Object.entries(slave))
    if (name !== 'resources') await put(old, `/etc/mesos-slave/${name}`, value)
  await ok(old, 'systemctl start mesos-master mesos-slave')
  const [agent] = await eventually('the slave is registered', async () => {
    const all = await slaves(old)
    return all.length > 0 ? all : undefined
  })
  assert.equal(agent?.attributes, { rack: 'r1', zone: 'a' })
  assert.match(
    await ok(old, journal('-t mesos-slave -p err -o cat')),
    /mesos-slave is a stand-in/,
    'all of its log comes as errors',
  )
})

test('a flag that stands in two places is given twice, and refused', async () => {
  const old = host('old')
  await put(old, '/etc/mesos-master/port', '5050')
  await put(old, '/etc/mesos-master/?no-logger', '')
  assert.match(await wrapper(old, 'master'), /^1 [\s\S]*Flag 'port' is already loaded via name 'port'/)
  await ok(old, 'rm /etc/mesos-master/port; touch /etc/mesos-master/quorum~')
  assert.match(await wrapper(old, 'master'), /^1 [\s\S]*Failed to load unknown flag 'quorum~'/)
  await ok(old, 'rm /etc/mesos-master/quorum~; touch /etc/mesos-master/.hidden')
  assert.match(
    await wrapper(old, 'master'),
    /^1 [\s\S]*Address already in use/,
    'dotfiles are passed over, and the one that runs has the port',
  )
})

test("ClusterD's: without configuration its daemons end, for ever; dotfiles are taken, links are not", async () => {
  const h = host('new')
  await ok(h, 'systemctl start mesos-master')
  await eventually('it ends', async () =>
    (await ok(h, 'systemctl is-active mesos-master || true')) === 'activating' ? true : undefined,
  )
  await ok(h, 'systemctl stop mesos-master')
  await put(h, '/etc/mesos-master/?no-logger', '')
  assert.match(
    await wrapper(h, 'master'),
    /^1 [\s\S]*EXIT with status 1: --work_dir needed for replicated log based registry/,
  )
  await put(h, '/etc/mesos-agent/?no-logger', '')
  assert.match(await wrapper(h, 'agent'), /^1 [\s\S]*Missing required option `--master` or `--master_detector`/)
  await put(h, '/etc/mesos-master/work_dir', '/tmp/master\n')
  await put(h, '/etc/mesos-master/zk', 'zk://127.0.0.1:2181/mesos')
  assert.match(await wrapper(h, 'master'), /^1 [\s\S]*Need to specify --quorum/)
  await ok(h, 'ln -s /dev/null /etc/mesos-master/linked; echo 1 >/etc/mesos-master/quorum')
  assert.match(await goesOn(h, 'master'), /started on/, 'it waits for ZooKeeper, and does not end')
  await ok(h, 'echo 1 >/etc/mesos-master/.quorum.swp')
  assert.match(await wrapper(h, 'master'), /^1 [\s\S]*Failed to load unknown flag '\.quorum\.swp'/)
  await put(h, '/etc/default/mesos-master', 'ZK=`cat /etc/mesos/zk`\n')
  assert.match(await wrapper(h, 'master'), /^1 [\s\S]*cat: \/etc\/mesos\/zk: No such file/)
})

test('bad URLs of ZooKeeper', async () => {
  const h = host('new')
  for (const [zk, words] of [
    ['10.0.0.1:2181', /Error parsing ZooKeeper URL: Expecting 'zk:\/\/' at the beginning of the URL/],
    ['zk://10.0.0.1:2181', /Expecting a \(chroot\) path for ZooKeeper/],
  ] as const) {
    const { code, stdout } = await h.sh(`timeout ${PATIENCE} mesos-master --work_dir=/tmp/x --quorum=1 --zk=${zk} 2>&1`)
    assert.is(code, 1)
    assert.match(stdout, words)
  }
})

test.run()
