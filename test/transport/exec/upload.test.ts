import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { STATE_DIR } from '../../../src/shell/paths.ts'
import { BLOB_DIR, type Blob } from '../../../src/shell/script.ts'
import { createTransport } from '../../../src/transport/index.ts'
import type { Connection, TransportError } from '../../../src/transport/transport.ts'
import { type Run, realShell } from '../../support/ssh-run.ts'
import { sshServer, type TestServer } from '../../support/ssh-server.ts'
import { testHome } from '../../support/test-home.ts'

const test = suite('transport/upload')
const home = testHome()
const dir = mkdtempSync(join(tmpdir(), 'provision-blobs-'))
const closing: (() => Promise<unknown>)[] = []
test.after.each(async () => {
  for (const close of closing.splice(0)) await close()
})
test.after(() => {
  home.remove()
  rmSync(dir, { recursive: true })
})

let n = 0
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
/** A host whose state directory lies in a folder: the script is run as it is but for that, and for its PATH. */
async function host(
  path = PATH,
): Promise<{ state: string; blobs: string; server: TestServer; connection: Connection }> {
  n += 1
  const state = join(dir, `state-${n}`)
  const plain = realShell(['sh', '-c'])
  // `eval` reads the script from the channel, so the path is changed on its way into it.
  const run: Run = (command, channel, stats) =>
    plain(
      command.replace(
        /\$\(head -c (\d+)\)/,
        (_all, bytes) =>
          `$(head -c ${bytes} | sed -e s#${STATE_DIR}#${state}#g -e s#/usr/local/sbin.*/sbin:/bin#${path}#)`,
      ),
      channel,
      stats,
    )
  const server = await sshServer({ keys: [home.publicKey], run })
  closing.push(() => server.stop())
  const connection = await createTransport({ home: home.path, env: {} }).connect(
    server.target({ hostKey: server.hostKey }),
  )
  closing.unshift(() => connection.close())
  return { state, blobs: BLOB_DIR.replace(STATE_DIR, state), server, connection }
}

const blob = (bytes: Uint8Array): Blob => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
  source: bytes,
})
const failed = (upload: Promise<void>): Promise<TransportError> =>
  upload.then(
    () => {
      throw new Error('it should have failed')
    },
    (error) => error,
  )
const random = (size: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length: size }, (_, i) => (i * 7919 + seed * 104729 + (i >> 8)) & 255))

test('waits for a host that is slower, and leaves nothing on its streams', async () => {
  const { connection } = await host()
  const warnings: string[] = []
  const warn = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', warn)
  try {
    await connection.upload([
      blob(Buffer.alloc(0)),
      ...Array.from({ length: 16 }, (_, i) => blob(Buffer.alloc(3_000_000, `${i}`))),
    ])
  } finally {
    process.off('warning', warn)
  }
  assert.equal(warnings, [])
})

test('brings what is missing, in one exec, and nothing twice', async () => {
  const { blobs, server, connection } = await host()
  const path = join(dir, 'big')
  writeFileSync(path, random(3_000_000, 1))
  const big: Blob = { ...blob(readFileSync(path)), source: { path } }
  const all = [
    blob(random(100_000, 2)),
    big,
    blob(Buffer.alloc(0)),
    blob(Buffer.from('\0\r\n\xff', 'latin1')),
    blob(random(100_000, 2)),
  ]
  await connection.upload(all)
  for (const { sha256, source } of all) {
    const wanted = 'path' in source ? readFileSync(source.path) : source
    assert.is(Buffer.compare(readFileSync(join(blobs, sha256)), wanted), 0)
    assert.is(statSync(join(blobs, sha256)).mode & 0o777, 0o600)
  }
  assert.is(statSync(blobs).mode & 0o777, 0o700)
  const names = new Set(all.map(({ sha256 }) => sha256))
  assert.equal(readdirSync(blobs).sort(), [...names, `${big.sha256}.at`].sort())
  const { dev, ino, mtimeNs, size } = statSync(join(blobs, big.sha256), { bigint: true })
  const noted = readFileSync(join(blobs, `${big.sha256}.at`), 'utf8')
  assert.ok(noted.startsWith(`${size} ${dev} ${ino} `), noted)
  assert.ok(noted.includes(`.${String(mtimeNs % 10n ** 9n).padStart(9, '0')}`), `${noted}${mtimeNs}`)
  assert.is(server.stats.sessions, 1)
  const up = connection.cost.bytesUp
  assert.ok(up > 3_100_000 && up < 3_110_000, `${up}`)
  await connection.upload(all)
  assert.is(server.stats.sessions, 2)
  assert.ok(connection.cost.bytesUp - up < 10_000, 'what is there is not sent')
  const one = blob(random(50_000, 3))
  await connection.upload([...all, one])
  assert.ok(existsSync(join(blobs, one.sha256)))
  assert.ok(connection.cost.bytesUp - up < 70_000)
})

test('nothing to bring costs nothing', async () => {
  const { server, connection } = await host()
  await connection.upload([])
  assert.equal([server.stats.sessions, connection.cost.execs], [0, 0])
})

test('bytes that are not what was announced never get the name', async () => {
  const { blobs, connection } = await host()
  const wrong: Blob = { ...blob(random(70_000, 4)), source: random(70_000, 5) }
  const error = await failed(connection.upload([wrong]))
  assert.is(error.failure, 'upload')
  assert.match(error.message, `the bytes of ${wrong.sha256} arrived wrong`)
  assert.equal(readdirSync(blobs), [])
})

test('a local file that is shorter than was announced, or gone', async () => {
  const { blobs, connection } = await host()
  const path = join(dir, 'short')
  writeFileSync(path, random(10_000, 6))
  const whole = { ...blob(readFileSync(path)), source: { path } }
  writeFileSync(path, 'short')
  const short = await failed(connection.upload([whole]))
  assert.is(short.failure, 'upload')
  rmSync(path)
  const gone = await failed(connection.upload([whole]))
  assert.match(gone.message, /ENOENT.*short/)
  assert.not(existsSync(join(blobs, whole.sha256)))
})

test('one of the wrong size is brought anew, and what a killed upload left is removed', async () => {
  const { blobs, connection } = await host()
  const one = blob(random(80_000, 7))
  mkdirSync(blobs, { recursive: true })
  writeFileSync(join(blobs, one.sha256), 'half')
  writeFileSync(join(blobs, `.${one.sha256}.999999999.part`), 'left')
  await connection.upload([one])
  assert.equal(readdirSync(blobs), [one.sha256])
  assert.is(statSync(join(blobs, one.sha256)).size, 80_000)
})

/** Programs that log how often they are started, without one of them. */
function counting(without?: string): { readonly path: string; calls(): Record<string, number> } {
  const bin = join(dir, `bin-${n}`)
  mkdirSync(bin)
  const programs = 'awk cat env grep head id mkdir mv perl rm rmdir sed sh sha256sum sort stat tail tee timeout xargs'
  for (const program of programs.split(' ')) {
    if (program === without) continue
    const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
    writeFileSync(join(bin, program), `#!/bin/sh\necho ${program} >>${bin}/calls\nexec ${real} "$@"\n`, { mode: 0o755 })
  }
  const calls = (): Record<string, number> => {
    const all = readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n')
    return Object.fromEntries([...new Set(all)].map((name) => [name, all.filter((each) => each === name).length]))
  }
  return { path: bin, calls }
}

for (const without of ['nothing', 'perl'])
  test(`many small ones beside large ones, with all programs but ${without}`, async () => {
    const { path, calls } = counting(without)
    const { blobs, connection } = await host(path)
    const small = Array.from({ length: 100 }, (_, i) => blob(random((i * i * 37) % 150_000, i)))
    const all = [blob(random(2_000_000, 1)), ...small, blob(random(3_000_000, 2))]
    await connection.upload(all)
    for (const { sha256, source } of all) {
      assert.is(Buffer.compare(readFileSync(join(blobs, sha256)), source as Buffer), 0)
      assert.is(statSync(join(blobs, sha256)).mode & 0o777, 0o600)
    }
    assert.is(readdirSync(blobs).length, new Set(all.map(({ sha256 }) => sha256)).size + 2, 'two have a note')
    const processes = Object.values(calls()).reduce((sum, each) => sum + each, 0)
    assert.is(processes < 50, without === 'nothing', JSON.stringify(calls()))
  })

test('one of many that is wrong is named, and none of those that come with it gets its name', async () => {
  const { blobs, connection } = await host()
  const many = Array.from({ length: 20 }, (_, i) => blob(random(1000 + i, i)))
  const wrong: Blob = { ...blob(random(70_000, 4)), source: random(70_000, 5) }
  const error = await failed(connection.upload([...many, wrong]))
  assert.match(error.message, `the bytes of ${wrong.sha256} arrived wrong`)
  assert.equal(readdirSync(blobs), [])
  const short: Blob = { ...blob(random(70_000, 4)), source: random(60_000, 4) }
  assert.match(
    (await failed(connection.upload([...many, short]))).message,
    `the bytes of ${short.sha256} arrived wrong`,
  )
  mkdirSync(join(blobs, '.999999999.part', 'left by one that was killed'), { recursive: true })
  await connection.upload(many)
  assert.equal(readdirSync(blobs).sort(), many.map(({ sha256 }) => sha256).sort())
})

test('two at once', async () => {
  const { blobs, connection } = await host()
  const one = blob(random(2_000_000, 8))
  await Promise.all([connection.upload([one]), connection.upload([one])])
  assert.equal(readdirSync(blobs), [one.sha256, `${one.sha256}.at`])
  assert.is(Buffer.compare(readFileSync(join(blobs, one.sha256)), one.source as Buffer), 0)
})

test('a place that cannot be written to is named', async () => {
  const { state, connection } = await host()
  writeFileSync(state, 'a file where the directory should be')
  chmodSync(state, 0o400)
  const error = await failed(connection.upload([blob(random(10, 9))]))
  assert.is(error.failure, 'upload')
  assert.match(error.message, /could not be uploaded to \/var\/lib\/provision\/blob: mkdir: .*File exists/)
})

test('a link that goes is lost', async () => {
  const { blobs, server, connection } = await host()
  const upload = failed(connection.upload([blob(random(5_000_000, 10))]))
  while (!existsSync(blobs) || readdirSync(blobs).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  server.drop()
  assert.is((await upload).failure, 'lost')
})

test.run()
