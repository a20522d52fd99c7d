/**
 * An app whose image is in a private registry: its task is pulled by its agent, with the login of the inventory; the
 * registry's password changes, and deploy and tasks use the new one. (Mesos and Marathon are stand-ins, unless real ones
 * are given.)
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTransport, type DeployResult, deploy, parseApp } from '../../src/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { ask } from '../support/load-balancer.ts'
import { railsDefinition } from '../support/rails-app.ts'
import { ok, until, withStack } from '../support/stack.ts'

const test = suite('a private registry')
const stack = await withStack(test, import.meta.url, { masters: ['master-1'], slaves: ['slave-1'], starts: [10, 20] })
const artifacts = withArtifacts(test, stack.box, ['rails'])
const master = () => stack.host('master-1')
const slave = () => stack.host('slave-1')
const place = (): string => `${master().address}:5443`
const image = (version: string): string => `${place()}/team/rails-app:${version}`

process.env.REGISTRY_PASSWORD = 'correct "horse"'

/** The registry's user has this password from now on. */
const allows = (password = ''): Promise<string> =>
  ok(
    master(),
    `perl -e 'print "deploy:", crypt(shift, "\\$2b\\$05\\$abcdefghijklmnopqrstuu"), "\\n"' '${password}' >/etc/docker/registry/users`,
  )
/** The login for the registry, in the inventory. */
const login = () => ({
  docker: {
    registries: { [place()]: { username: 'deploy', password: 'env:REGISTRY_PASSWORD', ca: 'env:REGISTRY_CA' } },
  },
})
const definition = (version: string, image: string): object => {
  const app = railsDefinition({ version, instances: 1 })
  return { ...app, container: { ...app.container, docker: { image } } }
}
const serves = (version: string): Promise<void> =>
  until(
    `${version} answers`,
    async () => {
      const answer = await ask(slave().address)
      if (!answer.startsWith(`200 hello ${version} `)) throw new Error(answer)
      return true
    },
    500,
  )
const processes = async (): Promise<object> => {
  const all = await stack.processes(['slave-1'])
  return { docker: all['slave-1 docker'], agent: all['slave-1 mesos-agent'] }
}

test('a cluster of one master and one slave, and a registry with a password and a CA of its own', async () => {
  const { address } = master()
  await ok(
    master(),
    `export DEBIAN_FRONTEND=noninteractive; apt-get -q update >/dev/null; apt-get -q -y install --no-install-recommends docker-registry >/dev/null
    cd /etc/docker/registry && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry \
      -addext subjectAltName=IP:${address} -keyout key.pem -out crt.pem 2>/dev/null && chown docker-registry: key.pem
    cat >config.yml`,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: /var/lib/docker-registry}}\nhttp: {addr: "${place()}", tls: {certificate: /etc/docker/registry/crt.pem, key: /etc/docker/registry/key.pem}}\nauth: {htpasswd: {realm: private, path: /etc/docker/registry/users}}\n`,
  )
  await allows(process.env.REGISTRY_PASSWORD)
  await ok(master(), 'systemctl restart docker-registry')
  process.env.REGISTRY_CA = await ok(master(), 'cat /etc/docker/registry/crt.pem')
  await stack.converge(login())
  await stack.green()
  const { url } = await artifacts.part('rails')
  await ok(
    slave(),
    `set -e; curl -sf ${url} | docker load -q >/dev/null
    for version in v1 v2 v3; do
      docker tag rails-app:1 ${image('$version')}; docker push -q ${image('$version')} >/dev/null
    done
    docker image rm -f $(docker image ls -q | sort -u) >/dev/null`,
  )
})

test('the task of an app that nobody has deployed is pulled by its agent, with that login', async () => {
  const before = await processes()
  assert.is(await ok(slave(), 'docker image ls -q'), '')
  await ok(
    master(),
    `curl -sf -H 'Content-Type: application/json' -d @- http://${master().address}:8080/v2/apps`,
    JSON.stringify(definition('v1', image('v1'))),
  )
  await serves('v1')
  assert.match(await ok(slave(), `docker image inspect --format '{{.Id}}' ${image('v1')}`), /^sha256:/)
  assert.equal(await processes(), before)
})

/** Deploys a version, which is only in the registry. */
async function deploys(version: string): Promise<DeployResult> {
  const app = await parseApp(JSON.stringify(definition(version, image(version))), { path: 'rails-app.json' })
  return deploy(await stack.cluster(login()), { app }, { transport: createTransport() }).result
}

test('the password has changed: deploy says so before anything is sent, and what runs serves on', async () => {
  await allows('battery staple')
  const { outcome, reason = '' } = await deploys('v2')
  assert.is(outcome, 'refused')
  const [first, ...more] = reason.split('\n')
  assert.match(first ?? '', new RegExp(`^slave-1 cannot get ${image('v2')}: .*(unauthorized|authentication)`))
  assert.equal(more, [
    `Slaves have what vars.docker.registries["${place()}"] was (login, CA) when provision last ran there.`,
    'Nothing was sent to Marathon.',
  ])
  assert.not.match(reason, /horse|staple/)
  await serves('v1')
})

test('the new one in the inventory: deploy pulls with it, no daemon is restarted', async () => {
  const before = await processes()
  process.env.REGISTRY_PASSWORD = 'battery staple'
  await stack.converge(login())
  assert.equal(await processes(), before)
  const { outcome, reason } = await deploys('v2')
  assert.is(outcome, 'live', reason)
  await serves('v2')
  await stack.green()
})

test('… and so does the agent, for a task that nobody has deployed', async () => {
  await ok(
    master(),
    `curl -sf -X PUT -H 'Content-Type: application/json' -d @- 'http://${master().address}:8080/v2/apps/rails-app'`,
    JSON.stringify(definition('v3', image('v3'))),
  )
  await serves('v3')
})

test.run()
