/**
 * What is wrong in a variable of docker, registrar or consul-template is one sentence with its place, before a host is
 * asked. A variable that is new needs a line here.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attributes as consulTemplate } from '../../../recipes/consul-template/attributes.ts'
import { attributes as docker } from '../../../recipes/docker/attributes.ts'
import { docker as dockerRecipe } from '../../../recipes/docker.ts'
import { attributes as registrar } from '../../../recipes/registrar/attributes.ts'
import { defineRole, parseInventory } from '../../../src/index.ts'
import { SOURCE, slaves } from '../load-balancer/support.ts'
import { placesOf } from '../places.ts'
import { mistakesOf } from '../support.ts'

const test = suite('recipes of slaves: what is wrong in the inventory')
process.env.NOT_PEM = 'certificate'
process.env.TWO_LINES = 'a\nb'

/** By the place of a variable: values that are wrong, and how the one sentence about each begins. */
type Wrong = Readonly<Record<string, readonly (readonly [vars: object, says: RegExp])[]>>

const role = defineRole({ name: 'containers', recipes: [dockerRecipe] })
/** A host with nothing but Docker, whose secrets are read. */
const alone = (vars: object) =>
  parseInventory(
    JSON.stringify({ vars: { docker: vars }, hosts: { 's-1': { address: '10.0.0.21', roles: ['containers'] } } }),
    { path: 'inventory.json', roles: new Map([['containers', role]]) },
  )

const registry = (login: object) => ({ registries: { 'r.example': login } })
const image = (of: object) => ({ images: [{ name: 'web:1', ...of }] })

const DOCKER: Wrong = {
  packages: [
    [{ packages: [] }, /packages +must/],
    [{ packages: 'docker-ce' }, /packages +must be a list/],
  ],
  version: [[{ version: 26 }, /version +must be text/]],
  volume: [
    [{ volume: 0 }, /volume +must be/],
    [{ volume: 'sdb' }, /volume +must be/],
    [{ volume: 1 }, /volume +is the number of a volume, which only hosts of the cloud have/],
  ],
  logMaxSize: [[{ logMaxSize: '50 MB' }, /logMaxSize +must be a size like "50m"/]],
  logMaxFiles: [[{ logMaxFiles: 0 }, /logMaxFiles +must be at least 1/]],
  settings: [
    [{ settings: { 'insecure-registrys': [] } }, /did you mean "insecure-registries"/],
    [{ settings: [] }, /settings +must be an object/],
  ],
  images: [
    [{ images: ['web:1'] }, /images\[0\] +must be/],
    [image({ digest: 'sha256:1' }), /images\[0\]\.digest +must be a value "sha256:"/],
    [image({ name: 'web', digest: `sha256:${'1'.repeat(64)}` }), /images\[0\]\.name +must be a name with a tag/],
    [image({ id: `sha256:${'1'.repeat(64)}`, source: 'web.tar' }), /images\[0\]\.sha256 +is missing/],
  ],
  'registries.*.ca': [
    [registry({ ca: 'ca.pem' }), /\.ca +is a secret: write where to find it/],
    [registry({ ca: 'file:nope.pem' }), /\.ca +the secret's file nope\.pem cannot be read/],
    [registry({ ca: 'env:NOT_PEM' }), /\.ca +what env:NOT_PEM stands for has no certificate: PEM begins with/],
  ],
  'registries.*.username': [
    [registry({ username: 'a:b', password: 'env:NOT_PEM' }), /username +must be a name without ":"/],
    [registry({ username: 'a' }), /needs username and password, or helper alone, or ca/],
    [registry({}), /needs username and password, or helper alone, or ca/],
  ],
  'registries.*.password': [
    [registry({ username: 'a', password: 'geheim' }), /password +is a secret/],
    [registry({ username: 'a', password: 'env:NO_SUCH_PASSWORD' }), /NO_SUCH_PASSWORD is not set/],
    [registry({ username: 'a', password: 'env:TWO_LINES' }), /is not one line of text/],
  ],
  'registries.*.helper': [
    [registry({ helper: '/usr/bin/x' }), /helper +must be a name like "ecr-login"/],
    [registry({ helper: 'gcr', username: 'a' }), /needs username and password, or helper alone, or ca/],
  ],
  prune: [[{ prune: 'no' }, /prune +must be true or false/]],
  pruneAfterHours: [[{ pruneAfterHours: '24h' }, /pruneAfterHours +must be a number/]],
}

const node = (change: object) => ({
  node: { tarball: 'n.tar.xz', sha256: '1'.repeat(64), version: '20.19.5', ...change },
})
const REGISTRAR: Wrong = {
  cluster: [[{ cluster: 'Main' }, /cluster +must be a name of lower-case letters/]],
  marathon: [
    [{ marathon: ['10.0.0.11:8080'] }, /marathon\[0\] +must be a URL/],
    [{ marathon: ['http://10.0.0.11:80800'] }, /marathon\[0\] +has a port that is none/],
    [{ marathon: [] }, /marathon +must/],
    [{ marathon: 'http://10.0.0.11:8080' }, /marathon +must be a list/],
  ],
  credentials: [[{ credentials: 'user:pass' }, /credentials +is a secret/]],
  caFile: [[{ caFile: 'ca.pem' }, /caFile +must be an absolute path/]],
  hostnames: [
    [{ hostnames: 'slave-1' }, /hostnames +must be a list/],
    [{ hostnames: ['http://slave-1'] }, /hostnames\[0\] +must be a name or an address/],
  ],
  agent: [[{ agent: 'http://10.0.0.21:0' }, /agent +has a port that is none/]],
  consul: [[{ consul: '127.0.0.1:8500' }, /consul +must be a URL/]],
  consulToken: [[{ consulToken: 'abc' }, /consulToken +is a secret/]],
  node: [[{ node: 'nodesource' }, /node +must be "debian"/]],
  'node.tarball': [[node({ tarball: '' }), /node\.tarball +must/]],
  'node.sha256': [[node({ sha256: 'abc' }), /node\.sha256 +must be a sum/]],
  'node.version': [[node({ version: 'v20' }), /node\.version +must be a version/]],
  reconcileSeconds: [[{ reconcileSeconds: 61 }, /reconcileSeconds +must be at most 60/]],
  debounceMs: [[{ debounceMs: 0 }, /debounceMs +must be at least 1/]],
  memoryMb: [[{ memoryMb: 32 }, /memoryMb +must be at least 64/]],
}

const source = (change: object) => ({ source: { ...SOURCE, ...change } })
const TEMPLATE: Wrong = {
  'source.zip': [[source({ zip: '' }), /source\.zip +must/]],
  'source.sha256': [[source({ sha256: 'abc' }), /source\.sha256 +must be a sum/]],
  'source.version': [[source({ version: 'latest' }), /source\.version +must be a version/]],
  consul: [
    [{ consul: 'http://127.0.0.1:8500' }, /consul +must be an address with a port/],
    [{ consul: '127.0.0.1:85000' }, /consul +has a port that is none/],
  ],
  token: [[{ token: 'abc' }, /token +is a secret/]],
  'wait.min': [
    [{ wait: { min: '2' } }, /wait\.min +must be a time/],
    [{ wait: { min: '3s', max: '2000ms' } }, /wait +has a min that is longer than its max/],
  ],
  'wait.max': [[{ wait: { max: 5 } }, /wait\.max +must be/]],
  logLevel: [[{ logLevel: 'error' }, /logLevel +must be "warn" or/]],
}

for (const [recipe, attributes, wrong, make] of [
  ['docker', docker, DOCKER, alone],
  ['registrar', registrar, REGISTRAR, (vars: object) => slaves({ registrar: vars })],
  ['consul-template', consulTemplate, TEMPLATE, (vars: object) => slaves({ 'consul-template': vars })],
] as const) {
  test(`${recipe}: each variable has a case`, () =>
    assert.equal(Object.keys(wrong).toSorted(), placesOf(attributes).toSorted()))
  for (const [place, cases] of Object.entries(wrong))
    for (const [vars, says] of cases)
      test(`${recipe}.${place}: ${JSON.stringify(vars).slice(0, 70)}`, () => {
        const mistakes = mistakesOf(() => make(vars))
        assert.match(mistakes, says)
        assert.match(mistakes, /has 1 mistake:/)
        assert.not.match(mistakes, /geheim|user:pass/)
      })
}

test.run()
