/** Hosts that lie, flood, hang or stop in mid-answer: a clear error, bounded memory, and the others are unaffected. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ServerChannel } from 'ssh2'
import { suite } from 'uvu'
import { createTransport, defineRole, type HostResult, makeCluster, plan, type RunEvent } from '../../src/index.ts'
import { memory } from '../support/memory.ts'
import { exit, type Run, scripted } from '../support/ssh-run.ts'
import { sshServer, type TestServer } from '../support/ssh-server.ts'
import { testHome } from '../support/test-home.ts'

const test = suite('hostile hosts')
const home = testHome()
const servers: TestServer[] = []
test.after(async () => {
  await Promise.all(servers.map((s) => s.stop()))
  home.remove()
})

/** What a sound host would answer: the script, run by this machine's sh. */
const honest = (text: string, nonce: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', ['-s', nonce], { stdio: ['pipe', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.on('error', reject)
    child.on('close', () => resolve(out))
    child.stdin.end(text.replaceAll('$(id -u)', '0'))
  })

type Liar = (answer: string, channel: ServerChannel) => void
const liar = (lie: Liar): Run =>
  scripted(({ text, nonce }, channel) => {
    void honest(text, nonce).then((answer) => lie(answer, channel))
  })
const say = (change: (answer: string) => string): Run =>
  liar((answer, channel) => {
    channel.write(change(answer))
    exit(channel, 0)
  })

/** Writes `megabytes` as fast as the other side takes them. */
const flood = (begin: string, chunk: Buffer, megabytes: number): Run =>
  scripted(({ nonce }, channel) => {
    channel.write(`${nonce} begin 0\n${begin}`)
    let left = (megabytes * 1024 * 1024) / chunk.length
    const more = (): void => {
      while (left-- > 0 && !channel.destroyed) if (!channel.write(chunk)) return void channel.once('drain', more)
      if (!channel.destroyed) exit(channel, 0)
    }
    more()
  })

const nonceOf = (answer: string): string => /\n([0-9a-f]{18}) asks/.exec(answer)?.[1] as string
const ESCAPES = '\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b5m\u202Eevil\r'

async function look(
  runs: Readonly<Record<string, Run>>,
): Promise<{ hosts: Record<string, HostResult>; events: RunEvent[] }> {
  const entries = await Promise.all(
    Object.entries(runs).map(async ([name, run]) => {
      const server = await sshServer({ keys: [home.publicKey], run })
      servers.push(server)
      const ssh = { user: 'root', port: server.port, hostKey: server.hostKey, retries: 0, connectTimeout: 20 }
      return { name, address: '127.0.0.1', privateAddress: '127.0.0.1', roles: ['none'], vars: {}, ssh }
    }),
  )
  const cluster = makeCluster(entries, new Map([['none', defineRole({ name: 'none', recipes: [] })]]))
  const run = plan(cluster, {
    transport: createTransport({ home: home.path, env: {} }),
    facts: memory(),
    silence: 15_000,
  })
  const events: RunEvent[] = []
  for await (const event of run) events.push(event)
  const { hosts } = await run.result
  return { hosts: Object.fromEntries(hosts.map((h) => [h.host, h])), events }
}

const good = say((answer) => answer)

const cases: Readonly<Record<string, { run: Run; outcome: string; reason: RegExp }>> = {
  'an answer cut short': { run: say((a) => a.slice(0, a.length / 2)), outcome: 'failed', reason: /cut short/ },
  'an answer without its last line': {
    run: say((a) => a.replace(/\n\w+ fin\n$/, '\n')),
    outcome: 'failed',
    reason: /cut short/,
  },
  'a wrong nonce': {
    run: say((a) => a.replaceAll(nonceOf(a), 'f'.repeat(18))),
    outcome: 'failed',
    reason: /cut short/,
  },
  'a marker more': {
    run: say((a) => `${a.replace(/\n(\w+ fin)\n$/, `\n${nonceOf(a)} pwned ${ESCAPES}\n\n$1\n`)}`),
    outcome: 'failed',
    reason: /did not print/,
  },
  'facts that are none': {
    run: say((a) => a.replace(/os\t.*\n/, `os\n${ESCAPES}\n`)),
    outcome: 'failed',
    reason: /did not say its os/,
  },
  'a hang in mid-answer': {
    run: liar((a, channel) => void channel.write(a.slice(0, 60))),
    outcome: 'unreachable',
    reason: /15 s|nothing/,
  },
  'a hang before it begins': { run: scripted(() => {}), outcome: 'unreachable', reason: /20 s/ },
  '200 MB without a line break': {
    run: flood('', Buffer.alloc(64 * 1024, 'x'), 200),
    outcome: 'failed',
    reason: /more than/,
  },
  '200 MB of short lines': {
    run: flood('', Buffer.from('y\n'.repeat(32 * 1024)), 200),
    outcome: 'failed',
    reason: /more than/,
  },
  'no begin': {
    run: (_command, channel) => {
      channel.write(`Welcome ${ESCAPES}\n`)
      channel.stderr.write(`This account is currently not available. ${ESCAPES}\n`)
      exit(channel, 1)
    },
    outcome: 'unreachable',
    reason: /account|log/,
  },
}

for (const [name, { run, outcome, reason }] of Object.entries(cases)) {
  test(name, async () => {
    const before = process.memoryUsage.rss()
    let peak = before
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss())
    }, 20)
    const { hosts, events } = await look({ bad: run, good }).finally(() => clearInterval(watch))
    assert.equal(hosts.good?.outcome, 'in-sync', hosts.good?.reason)
    assert.equal(hosts.bad?.outcome, outcome, hosts.bad?.reason)
    assert.match(hosts.bad?.reason ?? '', reason)
    assert.doesNotMatch(
      JSON.stringify(events).replaceAll('\\n', ''),
      /\\u00(0|1|7f|8|9)|[\x00-\x1f\x7f-\x9f\u202e]/,
      'control characters reached an event',
    )
    assert.ok(peak - before < 400 * 1024 * 1024, `it took ${Math.round((peak - before) / 1024 / 1024)} MiB`)
  })
}

test.run()
