import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Facts } from '../../../src/model/facts.ts'
import { type FileProps, fileType } from '../../../src/resources/files/file.ts'
import { mistakesOf, propsOf, RELEASES, restartsOn, stack, text } from '../support.ts'
import { of, vars } from './support.ts'

const test = suite('recipes/docker: the daemon')

const ids = (own: object = {}, facts: Partial<Facts> = {}) => of(own, facts).map((r) => r.id)
const DIGEST = `sha256:${'c'.repeat(64)}`

test('its configuration before the package, whose first start is then right', () =>
  assert.equal(ids(), [
    'directory /etc/docker',
    'file /etc/docker/daemon.json',
    'package docker.io',
    'service docker',
    'directory /usr/local/lib/provision',
    'file /usr/local/lib/provision/docker-prune',
    'timer docker-prune',
  ]))

for (const [release, packages] of [
  ['bookworm', ['package docker.io']],
  ['trixie', ['package docker.io', 'package docker-cli']],
  ['noble', ['package docker.io']],
] as const)
  test(`packages of ${release}, all held`, () => {
    const list = of({}, RELEASES[release]).filter((r) => r.id.startsWith('package'))
    assert.equal(
      list.map((r) => r.id),
      packages,
    )
    assert.ok(list.every((r) => (r.props as { held: boolean }).held))
  })

test('packages of somebody else, of a version', () => {
  const list = of({ packages: ['docker-ce', 'docker-ce-cli'], version: '5:27.0*' })
  assert.is(propsOf(list, 'package docker-ce').version, '5:27.0*')
  assert.is(propsOf(list, 'package docker-ce-cli').version, undefined)
})

test('daemon.json: logs are rotated, live-restore is off; more settings', () => {
  assert.equal(JSON.parse(text(of(), 'file /etc/docker/daemon.json')), {
    'live-restore': false,
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '50m', 'max-file': '3' },
  })
  const more = JSON.parse(
    text(of({ logMaxSize: '1g', logMaxFiles: 1, settings: { bip: '10.9.0.1/24' } }), 'file /etc/docker/daemon.json'),
  )
  assert.equal([more['log-opts'], more.bip], [{ 'max-size': '1g', 'max-file': '1' }, '10.9.0.1/24'])
})

for (const [what, settings, options] of [
  ['the driver that rotates its files itself', { 'log-driver': 'local' }, { 'max-size': '50m', 'max-file': '3' }],
  [
    'more options of a driver',
    { 'log-opts': { tag: '{{.Name}}' } },
    { 'max-size': '50m', 'max-file': '3', tag: '{{.Name}}' },
  ],
  ['a driver that keeps no files', { 'log-driver': 'journald' }, undefined],
  [
    'one with options of its own',
    { 'log-driver': 'syslog', 'log-opts': { 'syslog-address': 'udp://10.0.0.9' } },
    { 'syslog-address': 'udp://10.0.0.9' },
  ],
] as const)
  test(`options of logs: ${what}`, () => {
    const json = JSON.parse(text(of({ settings }), 'file /etc/docker/daemon.json'))
    assert.equal(json['log-opts'], options)
    assert.is(json['log-driver'], (settings as Record<string, unknown>)['log-driver'] ?? 'json-file')
  })

for (const [settings, says] of [
  [{ 'live-restore': true }, /"live-restore" cannot be set here: it stays false/],
  [{ hosts: ['tcp://0.0.0.0:2375'] }, /"hosts" cannot be set here: it is set in its unit/],
  [{ containerd: '/run/x.sock' }, /"containerd" cannot be set here/],
  [
    { 'insecure-registrys': ['r:5000'] },
    /"insecure-registrys" is not a setting of dockerd, which would not start; did you mean "insecure-registries"\?/,
  ],
  [{ 'insecure-registries': 'r:5000' }, /"insecure-registries" is a list/],
  [{ debug: 'yes' }, /"debug" is true or false/],
  [{ mtu: '1450' }, /"mtu" is a whole number/],
  [{ 'log-opts': { 'max-size': '1g' } }, /"log-opts.max-size" cannot be set here: it is the variable logMaxSize/],
  [{ 'log-driver': 'local', 'log-opts': { 'max-file': '1' } }, /it is the variable logMaxFiles/],
  [
    { 'log-driver': 'journald', 'log-opts': { 'max-size': '1g' } },
    /"log-opts.max-size" is not an option of the log driver journald/,
  ],
  [
    { 'log-opts': { compres: 'true' } },
    /"log-opts.compres" is not an option of the log driver json-file, .*did you mean "compress"\?/,
  ],
  [{ 'log-opts': { compress: true } }, /"log-opts.compress" must be text/],
  [
    { hosts: [], debug: 'yes', mtu: '1450', 'log-opts': { 'max-size': '1g', compress: true } },
    /"hosts" cannot.*"debug" is true.*"mtu" is a whole.*"log-opts.max-size" cannot.*"log-opts.compress" must be text/s,
  ],
  [
    { dns: ['10.0.0.2', '127.0.0.1'] },
    /"dns\[1\]" cannot be 127\.0\.0\.1: in a container, that is the container itself/,
  ],
  [{ dns: ['127.0.0.53'] }, /"dns\[0\]" cannot be 127\.0\.0\.53/],
  [{ dns: ['0:0:0:0:0:0:0:1'] }, /"dns\[0\]" cannot be/],
  [{ dns: ['::ffff:127.0.0.1'] }, /"dns\[0\]" cannot be/],
  [{ dns: ['0.0.0.0'] }, /"dns\[0\]" cannot be/],
  [{ dns: ['ns.example.com', 10] }, /"dns\[0\]" is an IP address.*"dns\[1\]" is an IP address/s],
  [{ 'log-driver': 'jornald' }, /there is no driver "jornald"; did you mean "journald"\?/],
] as const)
  test(`settings that dockerd would not start with: ${JSON.stringify(settings)}`, () =>
    assert.match(
      mistakesOf(() => stack(vars({ settings }))),
      says,
    ))

test('settings of a plugin, and what dockerd knows', () =>
  assert.is(
    mistakesOf(() =>
      stack(
        vars({
          settings: {
            'log-driver': 'grafana/loki-docker-driver:2.9',
            'log-opts': { 'loki-url': 'http://l' },
            mtu: 1450,
            dns: ['172.17.0.1', 'fd00::53'],
            ipv6: true,
          },
        }),
      ),
    ),
    'it was accepted',
  ))

const CONFIG_FILE = 'file /etc/docker/daemon.json'
const stat = { kind: 'regular file', mode: '0644', owner: 'root', group: 'root', size: 4 }
for (const [before, after, reloads] of [
  [{}, { 'registry-mirrors': ['https://m.example.com'] }, true],
  [{}, { 'insecure-registries': ['10.0.0.9:5000'], debug: true, labels: ['a=b'] }, true],
  [{ debug: true }, { debug: false }, true],
  [{ 'registry-mirrors': ['https://m.example.com'] }, { 'registry-mirrors': [] }, true],
  [{ 'registry-mirrors': ['https://m.example.com'] }, {}, false],
  [{}, { 'log-level': 'warn' }, false],
  [{}, { 'registry-mirrors': ['https://m.example.com'], bip: '10.9.0.1/24' }, false],
] as const)
  test(`from ${JSON.stringify(before)} to ${JSON.stringify(after)}: ${reloads ? 'a reload' : 'a restart'}`, () => {
    const content = Buffer.from(text(of({ settings: before }), CONFIG_FILE))
    assert.is(fileType.reloads?.(propsOf(of({ settings: after }), CONFIG_FILE), { stat, content }), reloads)
  })

test('a configuration that is no JSON, or is not there, is no reload', () => {
  const wanted = propsOf<FileProps>(of(), CONFIG_FILE)
  assert.is(fileType.reloads?.(wanted, { stat, content: Buffer.from('{') }), false)
  assert.is(fileType.reloads?.(wanted, 'absent'), false)
})

test('it restarts on the engine and its configuration', () =>
  assert.equal(restartsOn(of(), 'docker'), ['package docker.io', 'file /etc/docker/daemon.json']))

test('images come when the daemon is there, and are never pruned', () => {
  const images = [
    { name: 'registry.test/web:1', digest: DIGEST },
    { name: 'tool:2', import: ['CMD ["/tool"]'], source: 'https://files.test/root.tar.gz', sha256: 'd'.repeat(64) },
  ]
  const list = ids({ images })
  assert.ok(list.indexOf('service docker') < list.indexOf('image registry.test/web:1'))
  assert.ok(list.includes('image tool:2'))
  assert.match(
    text(of({ images, pruneAfterHours: 24 }), 'file /usr/local/lib/provision/docker-prune'),
    /^keep=" registry\.test\/web:1 tool:2 "$/m,
  )
})

test('no pruning: what there was of it goes', () => {
  const list = of({ prune: false })
  assert.is(propsOf(list, 'file /usr/local/lib/provision/docker-prune').ensure, 'absent')
  assert.ok(list.some((r) => r.id === 'timer docker-prune'))
})

for (const [what, own, says] of [
  [
    'an image without a tag',
    { images: [{ name: 'web', digest: DIGEST }] },
    /images\[0\]\.name +must be a name with a tag/,
  ],
  ['an image that is known by nothing', { images: [{ name: 'web:1' }] }, /images\[0\]/],
  ['a size that is none', { logMaxSize: '50 MB' }, /logMaxSize +must be a size like "50m"/],
] as const)
  test(`the inventory has ${what}`, () =>
    assert.match(
      mistakesOf(() => stack(vars(own))),
      says,
    ))

test.run()
