import { StringDecoder } from 'node:string_decoder'
import { clean, count, lookOf, type Out, pad, paint, width } from '../../report/index.ts'
import { sh } from '../../shell/script.ts'
import type { Connection } from '../../transport/transport.ts'
import type { CommandModule } from '../commands.ts'
import { connected } from '../kit/chosen-hosts.ts'
import { onEach } from '../kit/each-host.ts'

/** Longest line that is kept together, in characters: a host that never ends its line must not fill the memory. */
const LONGEST = 64 * 1024

/** Cuts a stream of bytes into lines. */
function lines(line: (text: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return {
    push(chunk) {
      const parts = (rest + decoder.write(chunk)).split('\n')
      rest = parts.pop() as string
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

/** `provision exec -- COMMAND`: runs a command on every selected host, as root; each line of output behind its host's name. */
export const run: CommandModule['run'] = async ({ flags, words }, io) => {
  const { hosts, transport, forks } = await connected(flags, io)
  const column = Math.max(...hosts.map((host) => width(host.name)))
  const say = (stream: Out, host: string, text: string): void => {
    const look = lookOf(stream, io.env, flags.color)
    stream.write(`${paint('dim', pad(host, column), look)}  ${clean(text.replace(/\r$/, ''), look)}\n`)
  }
  const work = async (host: string, connection: Connection): Promise<number> => {
    const exec = connection.exec(sh`${words}`)
    const out = lines((text) => say(io.stdout, host, text))
    for await (const chunk of exec.stdout) out.push(chunk as Buffer)
    out.end()
    const { code, stderr } = await exec.done
    if (stderr !== '') for (const text of stderr.replace(/\n$/, '').split('\n')) say(io.stderr, host, text)
    if (code !== 0) say(io.stderr, host, `exit ${code}`)
    return code
  }
  const answers = await onEach(hosts, transport, forks, (host, connection) => work(host.name, connection))
  for (const answer of answers) {
    if ('unreachable' in answer) say(io.stderr, answer.host.name, `unreachable: ${answer.unreachable}`)
  }
  const failed = answers.filter((answer) => 'value' in answer && answer.value !== 0).length
  const away = answers.filter((answer) => 'unreachable' in answer).length
  if (hosts.length > 1 && failed + away > 0) {
    const parts = [...(failed > 0 ? [`${failed} failed`] : []), ...(away > 0 ? [`${away} unreachable`] : [])]
    io.stderr.write(`${parts.join(', ')} of ${count(hosts.length, 'host')}\n`)
  }
  return failed > 0 ? 1 : away > 0 ? 4 : 0
}
