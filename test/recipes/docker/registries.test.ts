import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refuseAuthorities } from '../../../recipes/docker/registries.ts'
import { docker } from '../../../recipes/docker.ts'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import { type Cluster, defineRole, parseInventory, type Step } from '../../../src/index.ts'
import { reveal, Secret } from '../../../src/shell/secret.ts'
import { withCertificates } from '../../support/certificates.ts'
import { fakeNet } from '../../support/fake-net.ts'
import { mistakesOf, propsOf, stack, text, wanted } from '../support.ts'
import { of } from './support.ts'

const test = suite('recipes/docker: registries')
const certificates = withCertificates(test)

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

/** A slave that trusts a CA for a registry. */
function trusting(ca: string): Cluster {
  const vars = { docker: { registries: { 'r.example:5000': { ca: `file:${certificates.path(`${ca}.crt`)}` } } } }
  const inventory = { vars, hosts: { 's-1': { address: '10.0.0.21', roles: ['containers'] } } }
  const role = defineRole({ name: 'containers', recipes: [docker] })
  const roles = new Map([['containers', role]])
  return parseInventory(JSON.stringify(inventory), { path: 'inventory.json', roles })
}

test("a registry's own CA lies where Docker looks for it, with a login or without", () => {
  const all = wanted(docker, trusting('ca'), 's-1')
  const { content } = propsOf<{ content: { word: Secret } }>(all, 'file /etc/docker/certs.d/r.example:5000/ca.crt')
  assert.is(reveal(content.word), certificates.read('ca.crt').trim())
  assert.equal(JSON.parse(text(all, LOGINS)), { auths: {}, credHelpers: {} })
})

test("a registry's CA that has expired is brought to no host, if it would be new there", () => {
  const step = { type: 'file', name: '/etc/docker/certs.d/r.example:5000/ca.crt', changes: [] } as unknown as Step
  const refused = (ca: string, ...steps: readonly Step[]): readonly string[] =>
    refuseAuthorities(trusting(ca).host('s-1'), steps, 1_800_000_000).map(({ reason }) => reason)
  assert.equal(refused('old', step), [
    'The CA of r.example:5000 expired at 2024-04-01 00:00 UTC: nobody would accept it.',
  ])
  assert.equal([refused('old'), refused('ca', step)], [[], []])
})

test("status says when a registry's CA on the host ends, and is red once nothing can be pulled any more", async () => {
  const cluster = trusting('ca')
  const asked: string[] = []
  const health = (pem: string) =>
    docker.health?.(
      cluster.host('s-1'),
      cluster,
      fakeNet({}, (script) => {
        asked.push(script)
        return `= /etc/docker/certs.d/r.example:5000/ca.crt\n${pem}20.10.24 3\n`
      }),
    )
  assert.equal(await health(certificates.read('old.crt')), {
    green: false,
    outside: true,
    says: '20.10.24, 3 containers; the CA of r.example:5000 expired at 2024-04-01 00:00 UTC',
  })
  const well = { green: true, says: '20.10.24, 3 containers' }
  assert.equal([await health(certificates.read('ca.crt')), await health('')], [well, well])
  assert.is(asked.length, 3, 'one question each')
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
