import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { BaseAgent, ParsedKey } from 'ssh2'
import { reveal } from '../../shell/secret.ts'
import type { Ask } from '../password.ts'
import { said } from '../sentence.ts'
import { TransportError } from '../transport.ts'

type Ssh2 = typeof import('ssh2')

/** Loaded when it is needed, which is after the host was dialled: loading takes longer than a round trip. */
const ssh2 = async (): Promise<Ssh2> => (await import('ssh2')).default

/** A key that the agent holds, and an agent that knows no other. */
export interface AgentKey {
  readonly public: Buffer
  readonly comment: string
  readonly agent: BaseAgent
}

/** A private key in a file. */
export interface FileKey {
  readonly path: string
  /** Known without the passphrase for OpenSSH's own format, or from a `.pub` beside it. */
  readonly public: Buffer | undefined
  readonly encrypted: boolean
  /** The key itself; asks for its passphrase the first time, once in this run. @throws TransportError `key` */
  unlock(): Promise<ParsedKey>
}

/** All keys of a person, each read, listed and unlocked once for all hosts. */
export interface Keyring {
  /** The agent's keys; none where there is no agent. Never rejects. */
  agentKeys(): Promise<readonly AgentKey[]>
  /** Why the agent gave no keys although one is named. */
  agentTrouble(): string | undefined
  /** `undefined`: no such file. @throws TransportError `key` */
  file(path: string): Promise<FileKey | undefined>
}

const first = (parsed: ParsedKey | ParsedKey[] | Error): ParsedKey => {
  if (parsed instanceof Error) throw parsed
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (!key) throw new Error('it holds no key')
  return key
}

/** The public half, which OpenSSH's format keeps in the clear: magic, cipher, kdf, kdf options, count, public key. */
function publicHalf(pem: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(pem)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  let at = 'openssh-key-v1\0'.length
  try {
    const field = (): Buffer => {
      const start = at + 4
      at = start + bytes.readUInt32BE(at)
      return bytes.subarray(start, at)
    }
    for (let i = 0; i < 3; i++) field()
    at += 4
    const key = field()
    return key.length > 0 ? key : undefined
  } catch {
    return undefined
  }
}

const encryptedText = (pem: string, error: Error | undefined): boolean =>
  /ENCRYPTED/.test(pem) || /encrypted|passphrase/i.test(error?.message ?? '')

async function readKey(path: string, ask: Ask): Promise<FileKey | undefined> {
  const wrong = (why: string, error?: unknown): TransportError => new TransportError('key', `the key ${path} ${why}`, { cause: error })
  let pem: string
  try {
    pem = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw wrong(`cannot be read: ${said(error)}`, error)
  }
  const { utils } = await ssh2()
  const parsed = utils.parseKey(pem)
  const encrypted = encryptedText(pem, parsed instanceof Error ? parsed : undefined)
  const unlock = async (): Promise<ParsedKey> => {
    if (!encrypted) {
      if (parsed instanceof Error) throw wrong(`is not a private key that can be used: ${said(parsed)}`, parsed)
      const key = first(parsed)
      if (!key.isPrivateKey()) throw wrong('is a public key: name the private one')
      return key
    }
    const passphrase = await ask({ kind: 'passphrase', text: `Passphrase of ${path}` }).catch(() => undefined)
    if (passphrase === undefined)
      throw wrong('is encrypted and no passphrase was given: add it to your agent (ssh-add), or run this at a terminal')
    const opened = utils.parseKey(pem, reveal(passphrase))
    if (opened instanceof Error) throw wrong('could not be opened with the passphrase that was given')
    return first(opened)
  }
  let opening: Promise<ParsedKey> | undefined
  let pub = encrypted || parsed instanceof Error ? publicHalf(pem) : first(parsed).getPublicSSH()
  if (!pub && existsSync(`${path}.pub`)) {
    const beside = utils.parseKey(await readFile(`${path}.pub`))
    if (!(beside instanceof Error)) pub = first(beside).getPublicSSH()
  }
  return { path, public: pub, encrypted, unlock: () => (opening ??= unlock()) }
}

/** An agent that offers one key of another agent. ssh2 would otherwise offer all of them, and hosts count each as an attempt. */
function onlyKey(agent: BaseAgent, key: ParsedKey): BaseAgent {
  const narrow = Object.create(agent) as BaseAgent<ParsedKey>
  narrow.getIdentities = (done) => done(null, [key])
  return narrow
}

const list = (agent: BaseAgent, { utils }: Ssh2): Promise<ParsedKey[]> =>
  new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => (error ? reject(error) : resolve((keys ?? []).map((key) => first(utils.parseKey(key as Buffer))))))
  })

/** The keys of whoever runs this: their agent (`SSH_AUTH_SOCK`) and their files. */
export function keyring(ask: Ask, agentSocket: string | undefined): Keyring {
  const files = new Map<string, Promise<FileKey | undefined>>()
  let listed: Promise<readonly AgentKey[]> | undefined
  let trouble: string | undefined
  const listAgent = async (): Promise<readonly AgentKey[]> => {
    if (!agentSocket) return []
    try {
      const library = await ssh2()
      const agent = library.createAgent(agentSocket)
      return (await list(agent, library)).map((key) => ({ public: key.getPublicSSH(), comment: key.comment, agent: onlyKey(agent, key) }))
    } catch (error) {
      trouble = `the agent at ${agentSocket} did not answer: ${said(error)}`
      return []
    }
  }
  return {
    agentKeys: () => (listed ??= listAgent()),
    agentTrouble: () => trouble,
    file(path) {
      const known = files.get(path) ?? readKey(path, ask)
      files.set(path, known)
      return known
    },
  }
}
