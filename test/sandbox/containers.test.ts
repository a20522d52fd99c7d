/** What containers need of their host: images from a registry with a password, and names that Consul knows. */
import { createSocket, type Socket } from 'node:dgram'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { base } from '../../recipes/base.ts'
import { consul } from '../../recipes/consul.ts'
import { consulServer } from '../../recipes/consul-server.ts'
import { docker } from '../../recipes/docker.ts'
import { pullScript } from '../../src/deploy/image/scripts.ts'
import { output } from '../../src/engine/link/net.ts'
import { type Cluster, createTransport, defineRole, parseInventory } from '../../src/index.ts'
import { type Offered, withArtifacts } from '../support/artifacts.ts'
import { withHosts } from '../support/hosts.ts'
import { bridgeOf } from '../support/load-balancer.ts'
import { loginOf } from '../support/login.ts'
import type { Part } from '../support/parts.ts'
import { until } from '../support/until.ts'
import { apply, finish, memory, outcomes, reasons } from '../support/zookeeper.ts'

const test = suite('containers on a host')
const { box, host } = await withHosts(test, import.meta.url, [{ name: 'slave', layer: 'standins-12' }])
const artifacts = withArtifacts(test, box, ['consul'])

/** A DNS server that knows every name of example.com: 192.0.2.7. */
const dns: Socket = createSocket('udp4', (query, from) => {
  const end = query.indexOf(0, 12) + 5 // of the question: name, type, class
  const isA = query.readUInt16BE(end - 4) === 1
  const head = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0])
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7])
  dns.send(Buffer.concat([head, query.subarray(12, end), ...(isA ? [record] : [])]), from.port, from.address)
})
test.after(() => void dns.close())

const role = defineRole({ name: 'slave', recipes: [base, consul, consulServer, docker] })
let source: Part & Offered
const facts = memory()
/** The cluster of the host, with logins for registries. */
function clusterOf(registries?: object, images: readonly object[] = []): Cluster {
  const { name, address } = host('slave')
  const vars = {
    base: { timeSync: 'none' },
    consul: {
      datacenter: 'test',
      source: { zip: source.url, sha256: source.sha256, version: source.version },
      ports: { dns: 53 },
      clientAddresses: ['172.17.0.1'],
      settings: { recursors: [`${bridgeOf(host('slave'))}:${dns.address().port}`] },
    },
    docker: {
      settings: { dns: ['172.17.0.1'] },
      logMaxSize: '1m',
      prune: false,
      images,
      ...(registries === undefined ? {} : { registries }),
    },
  }
  const entry = { address, roles: ['slave'], ssh: loginOf(host('slave')) }
  return parseInventory(JSON.stringify({ vars, hosts: { [name]: entry } }), {
    path: 'inventory.json',
    roles: new Map([['slave', role]]),
  })
}
const ok = async (command: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host('slave').sh(command, input)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}
const applied = async (cluster: Cluster): Promise<void> => {
  const result = await finish(apply, cluster, facts)
  assert.equal(outcomes(result), { slave: 'changed' }, reasons(result))
}
/** Pulls an image as a deployment does; why it cannot, or nothing. */
async function pulls(image: string): Promise<string> {
  const connection = await createTransport().connect(clusterOf().host('slave'))
  try {
    return await output(connection, pullScript(image), Number.POSITIVE_INFINITY).then(
      () => '',
      (error: Error) => error.message,
    )
  } finally {
    await connection.close()
  }
}

test('from nothing: Consul listens at the address that Docker makes after it', async () => {
  await new Promise<void>((resolve) => dns.bind(0, bridgeOf(host('slave')), resolve))
  source = await artifacts.part('consul')
  await applied(clusterOf())
  const again = await finish(apply, clusterOf(), facts)
  assert.equal(outcomes(again), { slave: 'in-sync' }, reasons(again))
})

test('a container resolves what Consul knows, and what else there is', async () => {
  // getent, seq, and what they are linked with
  await ok(`mkdir -p /srv/root/etc && cd /srv/root && cp -L --parents $(ldd /usr/bin/getent /usr/bin/seq | grep -o '/[^ :]*' | sort -u) . &&
    tar -c . | docker import - tools:1`)
  const service = { Name: 'rails-app', Address: '10.0.0.7', Port: 31001 }
  await ok('curl -sf -X PUT -d @- http://127.0.0.1:8500/v1/agent/service/register', JSON.stringify(service))
  const inside = (name: string): Promise<string> => ok(`docker run --rm tools:1 /usr/bin/getent ahostsv4 ${name}`)
  await until('the service is found', async () => /^10\.0\.0\.7 /.test(await inside('rails-app.service.consul')), 500)
  await until('so is another', async () => /^192\.0\.2\.7 /.test(await inside('www.example.com')), 500)
})

test('a container that never stops talking: its log ends', async () => {
  const id = await ok('docker run -d tools:1 /usr/bin/seq 1 200000; docker wait $(docker ps -lq) >/dev/null')
  const size = Number(await ok(`cat /var/lib/docker/containers/${id}/*-json.log* | wc -c`))
  assert.ok(size > 1_000_000 && size < 3_200_000, `${size} bytes of 16 MB`)
  await ok(`docker rm ${id}`)
})

test('an image of a registry with a password is pulled by deploy and by the recipe, with logins alone', async () => {
  process.env.REGISTRY_PASSWORD = 'correct "horse"'
  process.env.REGISTRY_WRONG = 'battery staple'
  process.env.REGISTRY_NEW = 'another $horse'
  const user = (password = ''): string =>
    `perl -e 'print "deploy:", crypt(shift, "\\$2b\\$05\\$abcdefghijklmnopqrstuu"), "\\n"' '${password}' >/etc/docker/registry/users`
  const dockerd = (): Promise<string> => ok('systemctl show -p MainPID,ExecMainStartTimestampMonotonic docker')
  const before = await dockerd()
  await ok(
    `export DEBIAN_FRONTEND=noninteractive; apt-get -q update >/dev/null; apt-get -q -y install --no-install-recommends docker-registry >/dev/null
    ${user(process.env.REGISTRY_PASSWORD)}
    cat >/etc/docker/registry/config.yml; systemctl restart docker-registry`,
    'version: 0.1\nstorage: {filesystem: {rootdirectory: /var/lib/docker-registry}}\nhttp: {addr: "127.0.0.1:5000"}\nauth: {htpasswd: {realm: private, path: /etc/docker/registry/users}}\n',
  )
  await until(
    'the registry answers',
    async () => (await ok('curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:5000/v2/ || :')) === '401',
    200,
  ) // prettier-ignore
  const image = '127.0.0.1:5000/tools:1'
  const pushed = await ok(
    `docker tag tools:1 ${image}; docker login -u deploy --password-stdin 127.0.0.1:5000 >/dev/null 2>&1; docker push -q ${image} >/dev/null; docker image inspect --format '{{index .RepoDigests 0}}' ${image}; rm -r /root/.docker; docker image rm ${image} tools:1 >/dev/null`,
    process.env.REGISTRY_PASSWORD,
  )
  assert.match(await pulls(image), /no basic auth credentials/)

  const login = (password: string) => ({ '127.0.0.1:5000': { username: 'deploy', password: `env:${password}` } })
  await applied(clusterOf(login('REGISTRY_WRONG')))
  assert.match(await pulls(image), /unauthorized|denied/)
  const { vars } = clusterOf(login('REGISTRY_PASSWORD')).host('slave')
  assert.not.match(JSON.stringify(vars), /horse/)
  await applied(clusterOf(login('REGISTRY_PASSWORD')))
  assert.is(await pulls(image), '')
  assert.is(await ok('stat -c "%a %U" /root/.docker/config.json'), '600 root')

  await ok(`docker image rm ${image}`)
  const known = { name: image, digest: pushed.split('@')[1] }
  await applied(clusterOf(login('REGISTRY_PASSWORD'), [known]))
  assert.match(await ok(`docker image inspect --format '{{.Id}}' ${image}`), /^sha256:/)

  await ok(user(process.env.REGISTRY_NEW))
  await until('the old password is refused', async () => /unauthorized|denied/.test(await pulls(image)), 200)
  await applied(clusterOf(login('REGISTRY_NEW'), [known]))
  assert.is(await pulls(image), '')
  assert.is(await dockerd(), before, 'the daemon asks for logins each time, and goes on')

  await ok('systemctl stop docker-registry')
  await ok(`docker image rm -f ${image}`)
  assert.match(await pulls(image), /connection refused/)
  await ok('systemctl start docker-registry')
  await until('it is back', async () => (await pulls(image)) === '', 500)

  await ok(`docker image rm -f $(docker image ls -q)`)
  await applied(clusterOf({}))
  assert.match(await pulls(image), /no basic auth credentials/)
})

test('a registry that signed its certificate itself is trusted once its CA is given, and no other is', async () => {
  const address = host('slave').address
  const place = `${address}:5443`
  await ok(
    `cd /etc/docker/registry && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry \
      -addext subjectAltName=IP:${address} -keyout key.pem -out crt.pem 2>/dev/null && chown docker-registry: key.pem
    cat >config.yml; systemctl restart docker-registry`,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: /var/lib/docker-registry}}\nhttp: {addr: "${place}", tls: {certificate: /etc/docker/registry/crt.pem, key: /etc/docker/registry/key.pem}}\nauth: {htpasswd: {realm: private, path: /etc/docker/registry/users}}\n`,
  )
  await until(
    'the registry answers',
    async () => (await ok(`curl -sk -o /dev/null -w "%{http_code}" https://${place}/v2/ || :`)) === '401',
    200,
  )
  const image = `${place}/tools:1`
  const dockerd = (): Promise<string> => ok('systemctl show -p MainPID docker')
  const before = await dockerd()
  const login = { username: 'deploy', password: 'env:REGISTRY_NEW' }
  await applied(clusterOf({ [place]: login }))
  assert.match(await pulls(image), /x509: certificate signed by unknown authority/)

  process.env.REGISTRY_CA = await ok('cat /etc/docker/registry/crt.pem')
  await applied(clusterOf({ [place]: { ...login, ca: 'env:REGISTRY_CA' } }))
  assert.is(await pulls(image), '', 'it holds what was pushed when it had no certificate')
  assert.is(await dockerd(), before, 'Docker reads CAs each time, and goes on')
})

test.run()
