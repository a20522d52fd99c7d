/** Images and containers of Docker on real hosts: from a registry, from tars, by hand. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../src/model/plan.ts'
import type { Change, Refusal } from '../../src/model/resource.ts'
import { container } from '../../src/resources/docker/container.ts'
import { dockerImage } from '../../src/resources/docker/docker-image.ts'
import { Secret } from '../../src/shell/secret.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'
import { eventually, until } from '../support/until.ts'

const test = suite('docker images')
const { box, host } = await withHosts(test, import.meta.url, [{ name: NAME, layer: `docker-${RELEASE}` }])

const artifacts = withArtifacts(test, box)

/** The folder of tars, which hosts fetch or are sent. */
let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-images-'))
})
test.after(() => rmSync(folder, { recursive: true, force: true }))
const url = async (file: string): Promise<string> => (await artifacts.offer(join(folder, file))).url
const sumOf = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex')

const texts = (verdict: readonly Change[] | Refusal | undefined): string[] =>
  (verdict as readonly Change[]).map((c) => `${c.action} ${changeText(c)}`)
const RUNS = 'docker inspect --format "{{.State.Running}}" web 2>/dev/null || :'
const SOME = `sha256:${'a'.repeat(64)}`

const on = () => onHost(host(NAME))
const shell = async (command: string): Promise<string> => {
  const { code, stdout, stderr } = await host(NAME).sh(command)
  if (code !== 0) throw new Error(`${command}: ${stderr}`)
  return stdout.trim()
}
const keep = async (path: string, file: string): Promise<void> =>
  writeFileSync(join(folder, file), Buffer.from(await shell(`base64 -w0 ${path}`), 'base64'))
const idOf = (image: string): Promise<string> =>
  shell(`docker image inspect --format '{{.Id}}' ${image} 2>/dev/null || echo none`)

test(`${NAME}: without Docker there are no images`, async () => {
  await shell('mv /usr/bin/docker /usr/bin/docker.away')
  assert.equal(
    (await on().plan(dockerImage('toy:1', { id: SOME }), dockerImage('toy:2', { ensure: 'absent' }))).map(texts),
    [['create id sha256:aaaaaaaaaaaa, which the host has under another name'], []],
  )
})

test(`${NAME}: a root file system is imported once`, async () => {
  await shell(
    `mv /usr/bin/docker.away /usr/bin/docker; systemctl start docker
      mkdir -p /srv/root/bin; cp /bin/busybox /srv/root/bin/; ln -sf busybox /srv/root/bin/echo; tar -C /srv/root -czf /srv/root.tar.gz .`,
  )
  await keep('/srv/root.tar.gz', `root-${NAME}.tar.gz`)
  const wanted = async (word: string) =>
    dockerImage('toy:1', {
      source: await url(`root-${NAME}.tar.gz`),
      sha256: sumOf(`root-${NAME}.tar.gz`),
      import: [`CMD ["echo", "${word}"]`, 'ENV A=b'],
    })
  assert.match(
    texts((await on().converge(await wanted('one'))).plan[0])[0] ?? '',
    `, imported from root-${NAME}.tar.gz`,
  )
  const id = await idOf('toy:1')
  assert.is(await shell('docker run --rm toy:1'), 'one')
  assert.is(await shell('ls -A /var/lib/provision/download'), '')
  assert.equal(await on().plan(await wanted('one')), [[]])
  await shell('docker tag toy:1 kept:1; docker image rm toy:1')
  await on().converge(await wanted('one'))
  assert.is(await idOf('toy:1'), id, 'it is only given its name again')
  await on().converge(await wanted('two'))
  assert.is(await shell('docker run --rm toy:1'), 'two')
  await on().converge(await wanted('one'))
  assert.is(await idOf('toy:1'), id)
})

test(`${NAME}: a saved image is loaded: create, no-op, a name that was moved by hand, repair, absent`, async () => {
  await shell('docker save toy:1 | gzip >/srv/saved.tar.gz')
  const id = await idOf('toy:1')
  await keep('/srv/saved.tar.gz', `saved-${NAME}.tar.gz`)
  await shell('docker image rm toy:1 kept:1')
  const file = join(folder, `saved-${NAME}.tar.gz`)
  const wanted = dockerImage('provision/toy:abc', { id, source: { file }, sha256: sumOf(`saved-${NAME}.tar.gz`) })
  assert.equal(texts((await on().converge(wanted)).plan[0]), [
    `create id ${id.slice(0, 19)}, loaded from saved-${NAME}.tar.gz`,
  ])
  assert.is(await idOf('provision/toy:abc'), id)
  assert.equal(await on().plan(wanted), [[]])
  await shell('docker image ls -q | sort -u; docker tag $(docker import /srv/root.tar.gz) provision/toy:abc')
  assert.match(texts((await on().converge(wanted)).plan[0])[0] ?? '', / → sha256:\w+, loaded from /)
  assert.is(await idOf('provision/toy:abc'), id)
  const named = dockerImage('toy:stable', { id })
  await on().converge(wanted, named)
  await on().converge(dockerImage('provision/toy:abc', { ensure: 'absent' }))
  assert.equal([await idOf('provision/toy:abc'), await idOf('toy:stable')], ['none', id])
})

test(`${NAME}: a tar that holds another image, and an image that is nowhere: one sentence`, async () => {
  const file = join(folder, `saved-${NAME}.tar.gz`)
  assert.match(
    await failure(
      on().converge(dockerImage('toy:9', { id: SOME, source: { file }, sha256: sumOf(`saved-${NAME}.tar.gz`) })),
    ),
    new RegExp(`image toy:9: ${SOME} is not what saved-${NAME}.tar.gz contains \\(Loaded image: toy:1\\)`),
  )
  assert.match(
    await failure(on().converge(dockerImage('toy:9', { id: SOME }))),
    `the host has no image ${SOME}, and no source is given`,
  )
  assert.is(await idOf('toy:9'), 'none')
})

test(`${NAME}: an image is pulled by its digest, under another name`, async () => {
  await shell(
    `printf 'version: 0.1\\nstorage: {filesystem: {rootdirectory: /var/lib/docker-registry}}\\nhttp: {addr: "127.0.0.1:5000"}\\n' >/etc/docker/registry/config.yml
      systemctl restart docker-registry; docker tag toy:1 127.0.0.1:5000/toy:1; until curl -s http://127.0.0.1:5000/v2/; do sleep 0.1; done`,
  )
  const digest = (
    await shell('docker push -q 127.0.0.1:5000/toy:1; docker image inspect --format "{{index .RepoDigests 0}}" toy:1')
  )
    .split('@')
    .at(-1) as string
  await shell('docker image rm -f $(docker image ls -q)')
  const wanted = dockerImage('provision/toy:pulled', { digest, pull: '127.0.0.1:5000/toy' })
  assert.equal(texts((await on().converge(wanted)).plan[0]), [
    `create digest ${digest.slice(0, 19)}, pulled from 127.0.0.1:5000/toy`,
  ])
  assert.is(await shell('docker run --rm provision/toy:pulled'), 'one')
  assert.equal(await on().plan(wanted), [[]])
  assert.match(
    await failure(on().converge(dockerImage('toy:9', { digest: SOME, pull: '127.0.0.1:5000/toy' }))),
    /manifest unknown|not found/,
  )
})

test(`${NAME}: a probe starts no daemon; a daemon that does not answer is no "absent"`, async () => {
  const wanted = [dockerImage('toy:1', { id: SOME }), dockerImage('toy:2', { ensure: 'absent' })]
  await shell('systemctl stop docker.service docker.socket; systemctl start docker.socket')
  assert.equal((await on().plan(...wanted)).map(texts), [
    ['create id sha256:aaaaaaaaaaaa, which the host has under another name, if it is not there: Docker does not run'],
    ['remove its name, if it is there: Docker does not run'],
  ])
  assert.is(await shell('systemctl is-active docker.service || :'), 'inactive')
  await shell('systemctl start docker; mv /run/docker.sock /run/docker.away')
  assert.match(await failure(on().plan(...wanted)), 'Cannot connect to the Docker daemon')
  await shell('mv /run/docker.away /run/docker.sock')
  assert.equal((await on().plan(...wanted)).map(texts), [
    ['create id sha256:aaaaaaaaaaaa, which the host has under another name'],
    [],
  ])
})

/** Serves a file that says how it was made, a moment after its container runs. */
const web = (more: object = {}) =>
  container('web', {
    image: 'toy:web',
    command: ['sh', '-c', 'trap exit TERM; env >/run/env; httpd -f -p 80 -h /run & wait'],
    env: { A: 'a b"c', KEY: new Secret("s3'cret $x") },
    ports: ['8080:80', '127.0.0.1:8081:80/tcp'],
    volumes: ['/srv/web:/run'],
    ...more,
  })
const serves = (port: number) => eventually(`at ${port}`, () => shell(`curl -sf http://127.0.0.1:${port}/env`))
const planned = async (...wanted: ReturnType<typeof web>[]) => (await on().plan(...wanted)).map(texts)
const another = 'restart another container takes its place'

test(`${NAME}: a container: create, no-op, drift of image, variables and ports, repair`, async () => {
  await shell(
    `cd /srv/root/bin; for each in sh env cat httpd; do ln -sf busybox $each; done
      make_web() { tar -C /srv/root -c . | docker import -c 'ENV PATH=/bin' -c "LABEL is=$1" - toy:web; }; make_web 1`,
  )
  assert.equal(texts((await on().converge(web())).plan[0]), ['create image toy:web'])
  for (const port of [8080, 8081]) assert.match(await serves(port), /^A=a b"c$.*^KEY=s3'cret \$x$/ms)
  assert.equal(await planned(web()), [[]])
  assert.is(await shell('ls -A /run/provision/container 2>/dev/null || :'), '')
  const drifts: readonly (readonly [drift: string, says: readonly string[]])[] = [
    ['docker stop -t 0 web', ['update exited → running']],
    ['docker pause web', ['update paused → running']],
    ['docker update --restart no web', ['update restart no → always']],
    ['docker rename web web.provision-old', ['remove what a run that was killed has left', 'create image toy:web']],
    [
      'docker rm -f web; docker run -d --name web -e A=2 -p 8082:80 -v /srv/web:/run toy:web httpd -f',
      [
        'update ports 8082:80 → 127.0.0.1:8081:80, 8080:80',
        `update command httpd -f → ${'sh -c trap exit TERM; env >/run/env; httpd -f -p 80 -h /run & wait'}`,
        'update env differs',
        another,
      ],
    ],
  ]
  for (const [drift, says] of drifts) {
    await shell(drift)
    assert.equal(texts((await on().converge(web())).plan[0]), says)
    assert.match(await serves(8080), 'A=a b"c')
  }
  await shell(`make_web() { tar -C /srv/root -c . | docker import -c "LABEL is=$1" - toy:web; }; make_web 2`)
  assert.match(texts((await on().converge(web())).plan[0])[0] ?? '', /^update image sha256:\w{12} → sha256:\w{12}$/)
  await shell('docker pause web')
  assert.equal(texts((await on().converge(web({ env: { A: 'x' } }))).plan[0]), ['update env differs', another])
})

test(`${NAME}: a container that does not stay up gives its place back; a secret is in no argument`, async () => {
  await on().converge(web())
  const id = await shell("docker inspect --format '{{.Id}}' web")
  assert.match(
    await failure(on().converge(web({ command: ['sh', '-c', 'echo dead; exit 3'] }))),
    /container web does not stay up; the former one is back: .*it wrote: dead/,
  )
  assert.match(await failure(on().converge(web({ command: ['/none'] }))), /the former one is back: .*no such file/)
  assert.match(await failure(on().converge(web({ image: 'toy:none' }))), /toy:none/)
  assert.is(
    await shell("docker inspect --format '{{.Id}} {{.State.Running}}' web; docker ps -aq | wc -l"),
    `${id} true\n1`,
  )
  await shell(
    `mv /usr/bin/docker /usr/bin/docker.real
      printf '#!/bin/sh\\nprintf "%%s " "$@" >>/run/words\\nexec /usr/bin/docker.real "$@"\\n' >/usr/bin/docker; chmod +x /usr/bin/docker`,
  )
  await on().converge(web({ user: '0' }))
  await shell('mv /usr/bin/docker.real /usr/bin/docker')
  assert.match(await shell('cat /run/words'), /create --name web\.provision-new/)
  assert.is(await shell('grep -c s3.cret /run/words || :'), '0')
})

test(`${NAME}: a container runs again after a boot; then it goes`, async () => {
  await box.kill(NAME)
  await box.boot(NAME)
  await shell('systemctl start docker')
  await until('the container runs', async () => (await shell(RUNS)) === 'true')
  assert.equal(await planned(web({ user: '0' })), [[]])
  const gone = container('web', { ensure: 'absent' })
  await shell('docker pause web')
  assert.equal(texts((await on().converge(gone)).plan[0]), ['remove image toy:web'])
  assert.equal(await planned(gone), [[]])
  assert.is(await shell('docker ps -aq | wc -l; ls /srv/web'), '0\nenv')
})

test.run()
