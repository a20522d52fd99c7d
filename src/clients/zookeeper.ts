import type { Duplex } from 'node:stream'
import { chunks } from '../lib/bytes.ts'
import { waitAtMost } from '../lib/wait/at-most.ts'

/** Opens a connection to a ZooKeeper server's client port. */
export type Dial = () => Promise<Duplex>

/** The role of a server in its ensemble. `standalone`: it is not part of one. */
export type ZooKeeperMode = 'leader' | 'follower' | 'observer' | 'standalone'

/** The answer to `srvr`. */
export interface ZooKeeperServer {
  readonly mode: ZooKeeperMode
  /** Digits and dots only (`3.8.0`): Debian's build reports `3.8.0-${mvngit.commit.id}`. */
  readonly version: string
  readonly connections: number
  readonly nodes: number
}

/** The longest accepted answer (`mntr` of Debian's 3.8: 18 kB); more means a hostile or wrong peer. */
const MOST = 64 * 1024

/**
 * Sends a four-letter word and reads the whole answer.
 * @param timeout milliseconds for the connection and the answer together; a busy machine takes seconds to refuse one
 * @throws Error in one sentence: no connection, no answer in time, an answer that is too long, or a word outside the
 * server's whitelist
 */
export async function fourLetterWord(dial: Dial, word: string, timeout = 5000): Promise<string> {
  let stream: Duplex | undefined
  let late = false
  let stopWaiting = (): void => undefined
  const limit = new Promise<never>((_, reject) => {
    stopWaiting = waitAtMost(timeout, () => {
      late = true
      reject(new Error(`no answer to ${word} within ${timeout / 1000} s`))
    })
  })
  const talk = async (): Promise<string> => {
    stream = await dial()
    if (late) stream.destroy()
    // Only write, without ending the stream: the server closes after its answer, and some versions answer nothing to a
    // half-closed connection.
    stream.write(word)
    const answer: Buffer[] = []
    let size = 0
    for await (const chunk of chunks(stream)) {
      answer.push(chunk)
      size += chunk.length
      if (size > MOST) throw new Error(`the answer to ${word} is longer than ${MOST / 1024} KiB`)
    }
    return Buffer.concat(answer).toString('utf8')
  }
  try {
    const answer = await Promise.race([talk(), limit])
    if (/^\w{4} is not executed because it is not in the whitelist/.test(answer)) {
      throw new Error(`the server does not allow ${word} (4lw.commands.whitelist)`)
    }
    return answer
  } finally {
    stopWaiting()
    stream?.destroy()
  }
}

/**
 * Parses the answer to `srvr`; `undefined` if the server is up but not part of a quorum ("not currently serving
 * requests").
 * @throws Error for any other text
 */
export function parseSrvr(answer: string): ZooKeeperServer | undefined {
  if (answer.startsWith('This ZooKeeper instance is not currently serving requests')) return undefined
  const line = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(answer)?.[1]
  const mode = line('Mode')
  if (mode !== 'leader' && mode !== 'follower' && mode !== 'observer' && mode !== 'standalone') {
    throw new Error(
      answer === ''
        ? 'the server closed the connection without an answer'
        : 'this is not what a ZooKeeper answers to srvr',
    )
  }
  return {
    mode,
    version: /^[\d.]*\d/.exec(line('Zookeeper version') ?? '')?.[0] ?? 'unknown',
    connections: Number(line('Connections') ?? 0),
    nodes: Number(line('Node count') ?? 0),
  }
}

/** Parses the answer to `mntr` into names (without `zk_`) and values; empty if the server is not part of a quorum. */
export function parseMntr(answer: string): ReadonlyMap<string, string> {
  return new Map([...answer.matchAll(/^zk_([^\t\n]+)\t([^\n]*)$/gm)].map(([, name = '', value = '']) => [name, value]))
}

/** The state of an ensemble's server: from `srvr`, and for a leader the number of synced followers from `mntr`. */
export interface ZooKeeperState {
  /** `undefined`: it is up, but belongs to no quorum. */
  readonly server: ZooKeeperServer | undefined
  /** Leader only: how many voting followers are in sync, and how many its configuration wants. */
  readonly followers?: { readonly synced: number; readonly wanted: number }
}

/**
 * Requests a server's state, within 5 s per connection: two for a leader, one for the others.
 * @throws Error as {@link fourLetterWord} and {@link parseSrvr}
 */
export async function zookeeperState(dial: Dial): Promise<ZooKeeperState> {
  const server = parseSrvr(await fourLetterWord(dial, 'srvr'))
  if (server?.mode !== 'leader') return { server }
  const values = parseMntr(await fourLetterWord(dial, 'mntr'))
  const number = (name: string): number => Number(values.get(name) ?? Number.NaN)
  // It may have lost its lead between the two requests: then mntr has no such lines, and the answer is worthless.
  if (values.get('server_state') !== 'leader') return { server: undefined }
  return { server, followers: { synced: number('synced_followers'), wanted: number('quorum_size') - 1 } }
}

/** The addresses of the members in the answer to `conf`: `server.1=10.0.0.11:2888:3888:participant`. */
export const parseMembers = (answer: string): readonly string[] =>
  [...answer.matchAll(/^server\.\d+=\[?(.*?)\]?:\d+:\d+/gm)].map(([, address = '']) => address)
