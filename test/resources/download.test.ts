import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { downloadFunctions } from '../../src/resources/kit/download.ts'
import { join, sh } from '../../src/shell/script.ts'
import { place } from '../support/run-local.ts'

const test = suite('downloads that go silent')

const BYTES = 'x'.repeat(1000)
const SUM = createHash('sha256').update(BYTES).digest('hex')

/** A server in a thread of its own (the script keeps this one waiting) whose first `silent` answers stop half way. */
const SERVER = `
const { parentPort, workerData: { silent, bytes } } = require('node:worker_threads')
let asked = 0
require('node:http').createServer((request, response) => {
  const from = Number(/^bytes=(\\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  parentPort.postMessage(from)
  const rest = bytes.slice(from)
  response.writeHead(from === 0 ? 200 : 206, {
    'content-length': rest.length,
    ...(from === 0 ? {} : { 'content-range': 'bytes ' + from + '-' + (bytes.length - 1) + '/' + bytes.length }),
  })
  if (asked++ < silent) response.write(rest.slice(0, 400))
  else response.end(rest)
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })`

/** What the script says, from where the server was asked for the bytes, and what is there in the end. */
async function downloaded(silent: number) {
  const at = place()
  const server = new Worker(SERVER, { eval: true, workerData: { silent, bytes: BYTES } })
  const asked: number[] = []
  try {
    const [port] = (await once(server, 'message')) as [number]
    server.on('message', (from: number) => asked.push(from))
    let said: string
    try {
      const url = `http://127.0.0.1:${port}/a`
      said = at.run(join([downloadFunctions, sh`silence=6; download ${url} sha256 ${SUM}; cat "$download"`]))
    } catch (error) {
      said = (error as Error).message.replace(/:\d+\//, '/')
    }
    await sleep(0) // what the thread has told meanwhile
    return { said: said.trim().split('\n'), asked, kept: kept(`${at.path}/../state/download/${SUM}`) }
  } finally {
    await server.terminate()
    at.remove()
  }
}

const kept = (path: string): number => {
  try {
    return readFileSync(path).length
  } catch {
    return 0
  }
}

test('one is told of, ended, and goes on where it was', async () => {
  assert.equal(await downloaded(1), {
    said: ['curl has received nothing for 3 s', BYTES],
    asked: [0, 400],
    kept: 1000,
  })
})

test('one that goes silent again fails in one sentence, and what has come in is kept', async () => {
  const { said, asked, kept } = await downloaded(2)
  assert.is(
    said.at(-1),
    'status 1: http://127.0.0.1/a cannot be fetched: nothing had come in for 6 s, twice; what has come in is kept for the next run',
  )
  assert.equal([asked, kept], [[0, 400], 800])
})

test.run()
