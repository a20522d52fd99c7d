import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../src/model/plan.ts'
import { type Change, type Refusal, repair } from '../../src/model/resource.ts'
import { archive } from '../../src/resources/archives/archive.ts'
import { pkg } from '../../src/resources/packages/pkg.ts'
import { type Blob, sh } from '../../src/shell/script.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'

const test = suite('archives')
const { host } = await withHosts(test, import.meta.url, [{ name: NAME, release: RELEASE }])

/** Files to unpack, and a web server on the hosts' network that can cut an answer short. */
const shop = {
  dir: '',
  port: 0,
  asked: [] as string[],
  cutAfter: undefined as number | undefined,
  server: undefined as Server | undefined,
}

const sumOf = (file: string, algorithm = 'sha256'): string =>
  createHash(algorithm)
    .update(readFileSync(join(shop.dir, file)))
    .digest('hex')

test.before(() => {
  shop.dir = mkdtempSync(join(tmpdir(), 'provision-archives-'))
  for (const version of ['1', '2']) {
    mkdirSync(join(shop.dir, `tool-${version}/bin`), { recursive: true })
    writeFileSync(join(shop.dir, `tool-${version}/bin/tool`), `#!/bin/sh\necho ${version}\n`, { mode: 0o775 })
    writeFileSync(join(shop.dir, `tool-${version}/-odd name`), Buffer.alloc(300_000, version))
    const run = (command: string) => execFileSync('sh', ['-c', command], { cwd: shop.dir })
    run(`chmod -R g+w tool-${version}; chown -R 1234:1234 tool-${version}`)
    for (const ext of ['tar.gz', 'tar.xz', 'tar.bz2', 'tar']) run(`tar -caf tool-${version}.${ext} tool-${version}`)
    run(`gzip -c tool-${version}/bin/tool >tool-${version}.gz; cp tool-${version}/bin/tool lone-${version}`)
  }
  // python's zipfile keeps modes and is there wherever the sandbox's own needs are met; zip(1) often is not
  execFileSync(
    'python3',
    [
      '-c',
      'import shutil; shutil.make_archive("tool-1", "zip", ".", "tool-1"); shutil.make_archive("flat", "zip", "tool-1/bin")',
    ],
    { cwd: shop.dir },
  )
  shop.server = createServer((request, response) => {
    const name = (request.url as string).slice(1)
    const range = /^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]
    shop.asked.push(range === undefined ? name : `${name} from ${range}`)
    const whole = readFileSync(join(shop.dir, name))
    const bytes = whole.subarray(Number(range ?? 0))
    response.writeHead(range === undefined ? 200 : 206, {
      'content-length': bytes.length,
      ...(range === undefined ? {} : { 'content-range': `bytes ${range}-${whole.length - 1}/${whole.length}` }),
    })
    if (shop.cutAfter === undefined) response.end(bytes)
    else response.write(bytes.subarray(0, shop.cutAfter), () => setTimeout(() => response.destroy(), 200))
  })
})
test.after(() => {
  shop.server?.close()
  rmSync(shop.dir, { recursive: true, force: true })
})

const listen = async (): Promise<void> => {
  if (shop.server?.listening) return
  const gateway = host(NAME).address.replace(/\.\d+$/, '.1')
  await new Promise<void>((resolve) => shop.server?.listen(0, gateway, resolve))
  shop.port = (shop.server?.address() as AddressInfo | undefined)?.port ?? 0
}
const url = (file: string): string => `http://${host(NAME).address.replace(/\.\d+$/, '.1')}:${shop.port}/${file}`
const texts = (verdict: readonly Change[] | Refusal | undefined): string[] =>
  (verdict as readonly Change[]).map((c) => `${c.action} ${changeText(c)}`)

const on = () => onHost(host(NAME))
const shell = async (command: string): Promise<string> => (await host(NAME).sh(command)).stdout.trim()

test(`${NAME}: archive: from a URL, versioned, with a link that is switched`, async () => {
  await listen()
  const wanted = (v: string, file = `tool-${v}.tar.gz`) =>
    archive(`/opt/tool-${v}`, { source: url(file), sha512: sumOf(file, 'sha512'), strip: 1, link: '/opt/tool' })
  assert.equal(texts((await on().converge(wanted('1'))).plan[0]), [
    `create content sha512 ${sumOf('tool-1.tar.gz', 'sha512').slice(0, 12)} strip 1, from tool-1.tar.gz`,
    'create link /opt/tool',
  ])
  assert.is(
    await shell('/opt/tool/bin/tool; stat -c "%U:%G %a" /opt/tool-1 /opt/tool-1/bin/tool'),
    '1\nroot:root 755\nroot:root 755',
  )
  assert.equal(await on().plan(wanted('1')), [[]])
  await on().converge(wanted('2'))
  assert.is(await shell('/opt/tool/bin/tool; ls -A /opt; ls -A /var/lib/provision/download'), '2\ntool\ntool-1\ntool-2')
  await shell('rm /opt/tool; chown -R nobody: /opt/tool-2')
  assert.equal(texts((await on().converge(wanted('2'))).plan[0]), [
    'update owner nobody:nogroup → root:root',
    'create link /opt/tool',
  ])
  await shell('rm -rf /opt/tool-2')
  await on().converge(wanted('2'))
  assert.is(await shell('/opt/tool/bin/tool'), '2')
  await on().converge(
    archive('/opt/tool-2', { ensure: 'absent', link: '/opt/tool' }),
    archive('/opt/tool-1', { ensure: 'absent' }),
  )
  assert.is(await shell('ls -A /opt'), '')
})

test(`${NAME}: archive: every format, in one directory, one after the other`, async () => {
  await listen()
  await on().converge(pkg('unzip', {}), pkg('xz-utils', {}), pkg('bzip2', {}))
  for (const [file, strip] of [
    ['tool-1.tar', 1],
    ['tool-2.tar.xz', 1],
    ['tool-1.tar.bz2', 1],
    ['tool-1.zip', 1],
  ] as const) {
    await on().converge(archive('/opt/any', { source: url(file), sha256: sumOf(file), strip, owner: 'daemon' }))
    assert.is(
      await shell('stat -c %U "/opt/any/-odd name"; ls -A /opt; ls -A /opt/any'),
      'daemon\nany\n-odd name\n.provision\nbin',
      file,
    )
  }
  for (const [file, binary] of [
    ['tool-2.gz', 'tool-2'],
    ['lone-1', 'lone-1'],
    ['flat.zip', 'tool'],
  ] as const) {
    await on().converge(archive('/opt/any', { source: url(file), sha256: sumOf(file) }))
    assert.is(await shell(`/opt/any/${binary}`), /2/.test(file) ? '2' : '1')
  }
  await on().converge(archive('/opt/any', { ensure: 'absent' }))
})

test(`${NAME}: archive: a file of this machine`, async () => {
  const wanted = () =>
    archive('/srv/deep/own', {
      source: { file: join(shop.dir, 'tool-1.tar.gz') },
      sha512: sumOf('tool-1.tar.gz', 'sha512'),
      strip: 1,
    })
  await on().converge(wanted())
  assert.is(await shell('/srv/deep/own/bin/tool'), '1')
  assert.equal(await on().plan(wanted()), [[]])
})

test(`${NAME}: archive: a wrong sum, a missing file, an empty rest: one sentence, nothing changed`, async () => {
  await listen()
  const wrong = (file: string, more: object = {}) =>
    failure(on().converge(archive('/opt/x', { source: url(file), sha256: sumOf('tool-1.tar'), ...more })))
  assert.match(
    await wrong('tool-1.tar.gz'),
    `${url('tool-1.tar.gz')} is not what is wanted: its sha256 is ${sumOf('tool-1.tar.gz')}, not ${sumOf('tool-1.tar')}`,
  )
  shop.server?.close()
  shop.server?.closeAllConnections()
  assert.match(await wrong('tool-1.tar'), /cannot be fetched: curl: \(7\)/)
  await listen()
  assert.match(await wrong('tool-1.tar', { strip: 5 }), 'tool-1.tar holds nothing that is left after strip: 5')
  assert.is(await shell('ls -d /opt/x /opt/.x.provision'), '')
})

test(`${NAME}: archive: a download that was cut goes on where it ended`, async () => {
  await listen()
  const wanted = archive('/opt/cut', { source: url('tool-2.tar'), sha256: sumOf('tool-2.tar'), strip: 1 })
  shop.cutAfter = 100_000
  assert.match(await failure(on().converge(wanted)), 'tool-2.tar cannot be fetched')
  shop.cutAfter = undefined
  shop.asked.length = 0
  await on().converge(wanted)
  assert.equal(shop.asked, ['tool-2.tar from 100000'])
  await shell(
    `rm -rf /opt/cut; mkdir -p /var/lib/provision/download; head -c 5000 /dev/zero >/var/lib/provision/download/${sumOf('tool-2.tar')}`,
  )
  await on().converge(wanted) // rubbish before: from the start
  await on().converge(archive('/opt/cut', { ensure: 'absent' }))
})

test(`${NAME}: archive: what somebody else made is refused, and renamed where that is allowed`, async () => {
  await listen()
  await shell('mkdir -p /opt/theirs; echo precious >/opt/theirs/file')
  const wanted = archive('/opt/theirs', { source: url('tool-1.tar'), sha256: sumOf('tool-1.tar') })
  assert.is(((await on().plan(wanted))[0] as Refusal).refusal, 'archive-in-the-way')
  await on().converge(wanted)
  assert.is(await shell('cat /opt/theirs.before-*/file'), 'precious')
  await on().converge(archive('/opt/theirs', { ensure: 'absent' }))
  assert.is(await shell('ls -d /opt/theirs*/file'), await shell('ls -d /opt/theirs.before-*/file'))
})

test(`${NAME}: archive: killed at any moment, the next run converges and leaves nothing else behind`, async () => {
  const wanted = (v: string) =>
    archive('/opt/cut', {
      source: { file: join(shop.dir, `tool-${v}.tar.gz`) },
      sha256: sumOf(`tool-${v}.tar.gz`),
      strip: 1,
      link: '/opt/link',
    })
  let hits = 0
  for (let i = 0; i < 16; i++) {
    const next = wanted(i % 2 === 0 ? '1' : '2')
    const script = repair(next.type, [{ name: next.name, props: next.props as never }])
    await on().run(sh`: ${{ blob: script.blobs[0] as Blob }}`) // brings the blob
    const { stdout } = await host(NAME).sh(
      `body=$(cat); setsid sh -c 'set -e; eval "$1"' sh "$body" >/dev/null 2>&1 & p=$!
      until kill -0 -$p; do sleep .005; done; sleep ${(0.01 + i * 0.012).toFixed(3)}; kill -9 -$p
      wait $p; [ $? != 137 ] || echo hit; while kill -0 -$p; do sleep .005; done`, // the next run meets nobody of it
      script.text,
    )
    if (stdout !== '') hits++
    await on().converge(next)
    assert.is(
      await shell('/opt/link/bin/tool; ls -A /opt | grep -e cut -e link'),
      `${i % 2 === 0 ? '1' : '2'}\ncut\nlink`,
    )
  }
  assert.ok(hits > 0, 'no kill came in time')
  await on().converge(archive('/opt/cut', { ensure: 'absent', link: '/opt/link' }))
})

test.run()
