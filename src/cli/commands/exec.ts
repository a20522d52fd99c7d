import { StringDecoder } from 'node:string_decoder'
import { chunks } from '../../lib/bytes.ts'
import { count } from '../../lib/units.ts'
import { lookOf } from '../../report/terminal/look.ts'
import { paint } from '../../report/terminal/paint.ts'
import { clean, pad, width } from '../../report/terminal/text.ts'
import { sh } from '../../shell/script.ts'
import type { Connection } from '../../transport/transport.ts'
import { defineCommand, EXIT } from '../command.ts'
import type { Io } from '../io.ts'
import { COLOR, FORKS, HOSTS, LOGIN } from '../options.ts'

/** The longest line that is kept whole, in characters: a host that never ends its line must not fill the memory. */
const LONGEST = 64 * 1024

/**
 * `provision exec -- COMMAND`: runs a command on every selected host as root, and prints each line of output after its
 * host's name.
 */
export const exec = defineCommand({
  name: 'exec',
  elsewhere: ['run', 'ssh', 'shell', 'sh', 'command', 'cmd', 'adhoc'],
  summary: 'run a command as root on every selected host',
  usage: 'exec [flags] -- COMMAND [ARGUMENT…]',
  description:
    "The arguments arrive as you typed them; for pipes and variables use sh: -- sh -c 'df -h | tail -1'. The command runs through sudo if the login is not root.",
  behind: { example: 'uptime', needed: true },
  options: [...HOSTS, FORKS, ...LOGIN, COLOR],
  examples: [
    ['provision exec --role zookeeper -- uptime', 'on the hosts of a role'],
    ["provision exec -- sh -c 'df -h / | tail -1'", 'a line of sh, on all hosts'],
  ],
  exits: [
    ['0', 'the command ended with 0 everywhere'],
    ['1', 'on some host it ended with another code'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags, behind }, io) {
    const [{ connected }, { onEach }] = await Promise.all([
      import('../kit/chosen-hosts.ts'),
      import('../kit/each-host.ts'),
    ])
    const { hosts, transport, forks } = await connected(flags, io)
    const say = teller(Math.max(...hosts.map((host) => width(host.name))), io, flags.color)
    const answers = await onEach(hosts, transport, forks, (host, connection) =>
      execute(behind, connection, host.name, say),
    )
    for (const answer of answers) {
      if ('unreachable' in answer) say('stderr', answer.host.name, `unreachable: ${answer.unreachable}`)
    }
    const failed = answers.filter((answer) => 'value' in answer && answer.value !== 0).length
    const away = answers.filter((answer) => 'unreachable' in answer).length
    if (hosts.length > 1 && failed + away > 0) {
      const parts = [...(failed > 0 ? [`${failed} failed`] : []), ...(away > 0 ? [`${away} unreachable`] : [])]
      io.stderr.write(`${parts.join(', ')} of ${count(hosts.length, 'host')}\n`)
    }
    if (failed > 0) return 1
    return away > 0 ? 4 : 0
  },
})

type Say = (stream: 'stdout' | 'stderr', host: string, text: string) => void

/** Prints lines with their hosts' names in front. */
const teller =
  (column: number, io: Io, colour: boolean | undefined): Say =>
  (stream, host, text) => {
    const look = lookOf(io[stream], io.env, colour)
    io[stream].write(`${paint('dim', pad(host, column), look)}  ${clean(text.replace(/\r$/, ''), look)}\n`)
  }

/** Runs the command on one host and prints its output. Returns its exit status. */
async function execute(words: readonly string[], connection: Connection, host: string, say: Say): Promise<number> {
  const running = connection.exec(sh`${words}`)
  const out = lines((text) => say('stdout', host, text))
  for await (const chunk of chunks(running.stdout)) out.push(chunk)
  out.end()
  const { code, stderr } = await running.done
  if (stderr !== '') for (const text of stderr.replace(/\n$/, '').split('\n')) say('stderr', host, text)
  if (code !== 0) say('stderr', host, `exit ${code}`)
  return code
}

/** Splits a stream of bytes into lines. */
function lines(line: (text: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return {
    push(chunk) {
      const parts = (rest + decoder.write(chunk)).split('\n')
      rest = parts.pop() ?? ''
      parts.forEach(line)
      if (rest.length > LONGEST) {
        line(rest)
        rest = ''
      }
    },
    end() {
      rest += decoder.end()
      if (rest !== '') line(rest)
    },
  }
}
