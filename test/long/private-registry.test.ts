/**
 * An app whose image is in a private registry, and that nobody deploys: its task is pulled by its agent, with the login
 * of the inventory. (Mesos and Marathon are stand-ins, unless real ones are given.)
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
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
/** Converges the slave with this password for the registry. */
const converge = (password: string) =>
  stack.converge({
    docker: {
      registries: { [place()]: { username: 'deploy', password: `env:${password}`, ca: 'env:REGISTRY_CA' } },
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
  await converge('REGISTRY_PASSWORD')
  await stack.green()
  const { url } = await artifacts.part('rails')
  const name = image('v1')
  await ok(
    slave(),
    `set -e; curl -sf ${url} | docker load -q >/dev/null
    docker tag rails-app:1 ${name}; docker push -q ${name} >/dev/null
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

test.run()
