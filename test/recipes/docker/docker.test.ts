import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../../recipes/docker.ts'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import { type Cluster, defineRole, parseInventory } from '../../../src/index.ts'
import type { Facts } from '../../../src/model/facts.ts'
import { type FileProps, fileType } from '../../../src/resources/files/file.ts'
import { reveal, Secret } from '../../../src/shell/secret.ts'
import { fakeNet, paths } from '../../support/fake-net.ts'
import { mistakesOf, propsOf, RELEASES, restartsOn, SOURCES, stack, text, wanted } from '../support.ts'

const test = suite('recipes/docker')
const vars = (own: object) => ({ vars: { docker: own } })
const of = (own: object = {}, facts: Partial<Facts> = {}, host = 's-1') => wanted(docker, stack(vars(own)), host, facts)
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

const info = paths({ '/v2/info': { body: { leader: '10.0.0.11:8080', version: '1.11.24', frameworkId: 'f' } } })
for (const [what, host, answer, peers, says] of [
  ['a slave', 's-1', '20.10.24+dfsg1 3\n', {}, { green: true, says: '20.10.24+dfsg1, 3 containers' }],
  [
    'a host whose Marathon leads',
    'm-1',
    '26.1.5 1\n',
    { '10.0.0.11:8080': info },
    { green: true, leads: true, says: '26.1.5, 1 container' },
  ],
  ['a host whose Marathon does not answer', 'm-1', '26.1.5 0\n', {}, { green: true, says: '26.1.5, 0 containers' }],
  ['one that is not there yet', 's-1', 'absent\n', {}, { green: false, down: true, says: 'not installed' }],
  [
    'one that has stopped',
    's-1',
    'stopped\n',
    {},
    { green: false, down: true, says: 'not running; its unit was stopped, or never started' },
  ],
  ['one that hangs', 's-1', 'docker does not answer\n', {}, { green: false, says: 'docker does not answer' }],
  ['one that complains', 's-1', 'ERROR: Cannot connect to the Docker daemon\nx', {}, { green: false, says: 'x' }],
] as const) {
  test(`health of ${what}`, async () => {
    const cluster = stack()
    assert.equal(
      await docker.health?.(
        cluster.host(host),
        cluster,
        fakeNet(peers, () => answer),
      ),
      says,
    )
  })
}

test('how many of a fleet may be away', () =>
  assert.equal(
    [1, 9, 10, 25].map((n) => docker.rolling?.unavailable?.(n)),
    [1, 1, 1, 2],
  ))

for (const [what, docker, consul, says] of [
  [
    'Consul for all names, and its own only',
    { dns: ['172.17.0.1'] },
    {},
    /vars\.consul\.settings\.recursors +containers ask this agent for all names/,
  ],
  ['… at a bridge of its own', { bip: '10.9.0.1/24', dns: ['10.9.0.1'] }, {}, /vars\.consul\.settings\.recursors/],
  ['Consul, which asks others', { dns: ['172.17.0.1'] }, { recursors: ['169.254.169.253'] }, undefined],
  ['Consul and another', { dns: ['172.17.0.1', '169.254.169.253'] }, {}, undefined],
  ['another', { dns: ['169.254.169.253'] }, {}, undefined],
] as const) {
  test(`containers ask ${what}`, () => {
    const vars = { docker: { settings: docker }, consul: { ...SOURCES.consul, settings: consul } }
    if (says === undefined) assert.is(stack({ vars }).hosts.length, 5)
    else
      assert.match(
        mistakesOf(() => stack({ vars })),
        says,
      )
  })
}

process.env.REGISTRY_PASSWORD = 'pass "word" \\ ‹ß›'
process.env.TWO_LINES = 'a\nb'
const PASSWORD = 'env:REGISTRY_PASSWORD'
const LOGINS = 'file /root/.docker/config.json'
const basic = (name: string): string => Buffer.from(`${name}:${process.env.REGISTRY_PASSWORD}`).toString('base64')

for (const [what, registries, auths, credHelpers] of [
  ['none any more', {}, {}, {}],
  [
    'one',
    { 'registry.example.com': { username: 'deploy', password: PASSWORD } },
    { 'registry.example.com': { auth: basic('deploy') } },
    {},
  ],
  [
    'several, Docker Hub and helpers among them',
    {
      '10.0.0.5:5000': { username: 'b', password: PASSWORD },
      'docker.io': { username: 'a', password: PASSWORD },
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com': { helper: 'ecr-login' },
      'gcr.io': { helper: 'gcr' },
    },
    { '10.0.0.5:5000': { auth: basic('b') }, 'https://index.docker.io/v1/': { auth: basic('a') } },
    { '123456789012.dkr.ecr.eu-west-1.amazonaws.com': 'ecr-login', 'gcr.io': 'gcr' },
  ],
] as const) {
  test(`logins for registries: ${what}`, () => {
    const { content, mode } = propsOf<{ content: { bytes?: unknown; word: Secret | string }; mode: string }>(
      of({ registries }),
      LOGINS,
    )
    const text = content.word instanceof Secret ? reveal(content.word) : content.word
    assert.equal(JSON.parse(text), { auths, credHelpers })
    assert.is(mode, '0600')
    assert.is(content.word instanceof Secret, Object.keys(auths).length > 0)
  })
}

test('logins come before images, and reach the tasks of the agent on the host', () => {
  const vars = { docker: { registries: { 'registry.example.com': { username: 'deploy', password: PASSWORD } } } }
  const cluster = stack({ vars })
  const all = wanted(docker, cluster, 's-1').map(({ id }) => id)
  assert.ok(all.includes(LOGINS))
  const env = (of: Cluster): string => text(wanted(mesosAgent, of, 's-1'), 'file /etc/mesos/agent.env')
  assert.match(env(cluster), /^DOCKER_CONFIG="?\/root\/\.docker"?$/m)
  assert.not.match(env(stack()), /DOCKER_CONFIG/)
  const own = stack({ vars: { ...vars, 'mesos-agent': { flags: { docker_config: 'file:///own.json' } } } })
  assert.not.match(env(own), /^DOCKER_CONFIG/m)
})

test("a registry's own CA lies where Docker looks for it, with a login or without", () => {
  const pem = `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(60)}\n-----END CERTIFICATE-----`
  process.env.REGISTRY_CA = pem
  const vars = { docker: { registries: { 'r.example:5000': { ca: 'env:REGISTRY_CA' } } } }
  const inventory = { vars, hosts: { 's-1': { address: '10.0.0.21', roles: ['containers'] } } }
  const role = defineRole({ name: 'containers', recipes: [docker] })
  const cluster = parseInventory(JSON.stringify(inventory), {
    path: 'inventory.json',
    roles: new Map([['containers', role]]),
  })
  const all = wanted(docker, cluster, 's-1')
  const { content } = propsOf<{ content: { word: Secret } }>(all, 'file /etc/docker/certs.d/r.example:5000/ca.crt')
  assert.is(reveal(content.word), pem)
  assert.equal(JSON.parse(text(all, LOGINS)), { auths: {}, credHelpers: {} })
})

for (const [what, registries, says] of [
  [
    'a URL',
    { 'https://registry.example.com': { username: 'a', password: PASSWORD } },
    /must be the name of a registry as images begin with it/,
  ],
  [
    'a path',
    { 'registry.example.com/team': { username: 'a', password: PASSWORD } },
    /must be the name of a registry as images begin with it/,
  ],
  [
    'a word',
    { registry: { username: 'a', password: PASSWORD } },
    /must be the name of a registry as images begin with it/,
  ],
  [
    'a password in clear',
    { 'r.example': { username: 'a', password: 'geheim' } },
    /password +is a secret: write where to find it/,
  ],
  [
    'a password of two lines',
    { 'r.example': { username: 'a', password: 'env:TWO_LINES' } },
    /password +what env:TWO_LINES stands for is not one line of text/,
  ],
  [
    'no password',
    { 'r.example': { username: 'a' } },
    /\["r\.example"\] +needs username and password, or helper alone, or ca/,
  ],
  [
    'a name with a colon',
    { 'r.example': { username: 'a:b', password: PASSWORD } },
    /username +must be a name without ":"/,
  ],
  [
    'a helper by its path',
    { 'r.example': { helper: '/usr/bin/docker-credential-x' } },
    /helper +must be a name like "ecr-login"/,
  ],
] as const)
  test(`logins for registries: ${what}`, () => {
    const mistakes = mistakesOf(() => stack({ masters: 0, slaves: 1, vars: { docker: { registries } } }))
    assert.match(mistakes, says)
    assert.not.match(mistakes, /geheim/)
  })

test.run()
