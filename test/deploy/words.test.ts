import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { taskWords } from '../../src/clients/mesos/agent.ts'
import { sandboxOf } from '../../src/clients/mesos/answers.ts'

const test = suite<{ server: Server; stderr: string; stdout: string; asked: string[] }>('deploy last words')
const state = JSON.parse(readFileSync(new URL('answers/mesos-agent-state.json', import.meta.url), 'utf8'))

test('where a task is kept that runs, or ran', () => {
  const work =
    '/var/lib/mesos/agent/slaves/a1ed2d33-3dad-4f32-8e85-039f9df71c2f-S17/frameworks/a1ed2d33-3dad-4f32-8e85-039f9df71c2f'
  assert.is(sandboxOf(state, 'web-h5'), `${work}-0004/executors/web-h5/runs/feacb136-4f48-48f8-9a5d-df293d1d9213`)
  assert.match(sandboxOf(state, 'd1') ?? '', /^\/var\/lib\/mesos\/agent\/slaves\/.*\/executors\/d1\/runs\//)
  assert.is(sandboxOf(state, 'nobody'), undefined)
  assert.is(sandboxOf({}, 'web-h5'), undefined)
})

test.before.each(async (ctx) => {
  ctx.stderr = ''
  ctx.stdout = ''
  ctx.asked = []
  // As Mesos' agents answer: an offset of -1 asks how long the file is.
  ctx.server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://agent')
    ctx.asked.push(pathname)
    const [offset, length] = ['offset', 'length'].map((name) => Number(searchParams.get(name))) as [number, number]
    const file = /\/web-h5\/runs\/feacb136-4f48-48f8-9a5d-df293d1d9213\/(stderr|stdout)$/.exec(
      searchParams.get('path') ?? '',
    )?.[1]
    const text = ctx[file as 'stderr' | 'stdout']
    if (pathname === '/state') response.end(JSON.stringify(state))
    else if (text === undefined) response.writeHead(404).end()
    else if (offset === -1) response.end(JSON.stringify({ data: '', offset: text.length }))
    else response.end(JSON.stringify({ data: text.slice(offset, offset + length), offset }))
  })
  await new Promise<void>((resolve) => ctx.server.listen(0, '127.0.0.1', resolve))
})
test.after.each(({ server }) => void server.close())
const words = (server: Server, task: string): Promise<readonly string[]> =>
  taskWords(async () => connect((server.address() as AddressInfo).port, '127.0.0.1'), task)

test('the last lines', async (ctx) => {
  ctx.stderr = 'first\n\nsecond  \nlast\n'
  assert.equal(await words(ctx.server, 'web-h5'), ['first', 'second', 'last'])
})

test('without any, those of its standard output; what docker says of the kernel is none', async (ctx) => {
  ctx.stderr = 'WARNING: Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.\n'
  ctx.stdout = 'Puma starting\nno such table: users\n'
  assert.equal(await words(ctx.server, 'web-h5'), ['Puma starting', 'no such table: users'])
})

test('of many lines the last eight, none of them cut', async (ctx) => {
  ctx.stderr = Array.from({ length: 2000 }, (_, i) => `line ${i}`).join('\n')
  assert.equal(
    await words(ctx.server, 'web-h5'),
    Array.from({ length: 8 }, (_, i) => `line ${1992 + i}`),
  )
  ctx.stderr = `${'x'.repeat(10_000)}\nend\n`
  assert.equal(await words(ctx.server, 'web-h5'), ['end'])
})

test('a task that its agent does not know', async (ctx) => {
  assert.equal(await words(ctx.server, 'nobody'), [])
  assert.equal(ctx.asked, ['/state'])
})

test.run()
