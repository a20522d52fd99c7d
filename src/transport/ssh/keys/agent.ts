import { connect } from 'node:net'
import { waitAtMost } from '../../../lib/wait/at-most.ts'
import { said, seconds } from '../../words.ts'
import { wireReader, wireString } from './wire.ts'

// The protocol: draft-miller-ssh-agent.
const FAILURE = 5
const LIST = 11
const LISTED = 12
const SIGN = 13
const SIGNED = 14
/** Largest answer of an agent; OpenSSH's own limit. */
const MOST = 256 * 1024

/** Milliseconds that an agent may take to list its keys, and to sign, which may require the user. */
export interface AgentPatience {
  readonly list: number
  readonly sign: number
}

/**
 * Listing may unlock a store; a signature may require the user to touch a key or to agree. sshd itself allows two
 * minutes for a login.
 */
const AGENT_PATIENCE: AgentPatience = { list: 15_000, sign: 60_000 }

/** A key that an agent holds. */
export interface AgentKey {
  /** In the agent's form: a public key, or a certificate. */
  readonly blob: Buffer
  readonly comment: string
  /** Returns a signature in SSH's form: its format, then its bytes. @throws Error */
  sign(data: Buffer, hash?: string): Promise<Buffer>
}

/** An ssh-agent. */
export interface Agent {
  readonly path: string
  /** Its keys, listed once; none if it does not answer. Never rejects. */
  keys(): Promise<readonly AgentKey[]>
  /** Why it returned no keys or no signature. */
  trouble(): string | undefined
}

const flags = (hash: string | undefined): number => ({ sha256: 2, sha512: 4 })[hash ?? ''] ?? 0

/** Sends one question and returns the answer. Gives up on an agent that is silent for `patience` milliseconds. */
function ask(path: string, question: Buffer, patience: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let answer = Buffer.alloc(0)
    const stopWaiting = waitAtMost(patience, () => failed(new Error(`nothing came within ${seconds(patience)}`)))
    const failed = (error: Error): void => {
      stopWaiting()
      socket.destroy()
      reject(error)
    }
    socket.on('error', failed)
    socket.on('close', () => failed(new Error('it closed the connection')))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      const length = answer.length < 4 ? 0 : answer.readUInt32BE()
      if (length > MOST) return failed(new Error('its answer is not that of an agent'))
      if (answer.length < 4 || answer.length < 4 + length) return
      stopWaiting()
      resolve(answer.subarray(4, 4 + length))
      socket.destroy()
    })
    socket.write(wireString(question))
  })
}

/** The agent that listens on a socket. */
export function agentAt(path: string, patience: AgentPatience = AGENT_PATIENCE): Agent {
  let listed: Promise<readonly AgentKey[]> | undefined
  let trouble: string | undefined
  const failed = (error: unknown): void => {
    trouble ??= `the agent at ${path} did not answer: ${said(error)}`
  }

  const sign = async (blob: Buffer, data: Buffer, hash: string | undefined): Promise<Buffer> => {
    if (trouble !== undefined) throw new Error(trouble)
    const wanted = Buffer.alloc(4)
    wanted.writeUInt32BE(flags(hash))
    const question = Buffer.concat([Buffer.from([SIGN]), wireString(blob), wireString(data), wanted])
    const answer = await ask(path, question, patience.sign).catch((error: unknown) => {
      failed(error)
      throw new Error(trouble)
    })
    if (answer[0] === SIGNED) return wireReader(answer.subarray(1)).string()
    throw new Error(`the agent at ${path} did not sign: it is locked, its key is gone, or the request was declined`)
  }

  const list = async (): Promise<readonly AgentKey[]> => {
    try {
      const answer = wireReader(await ask(path, Buffer.from([LIST]), patience.list))
      const kind = answer.byte()
      if (kind === FAILURE) throw new Error('it refused')
      if (kind !== LISTED) throw new Error('its answer is not that of an agent')
      return Array.from({ length: Math.min(answer.number(), 1000) }, () => {
        const blob = Buffer.from(answer.string())
        return { blob, comment: answer.string().toString(), sign: (data, hash) => sign(blob, data, hash) }
      })
    } catch (error) {
      failed(error)
      return []
    }
  }
  return { path, keys: () => (listed ??= list()), trouble: () => trouble }
}
