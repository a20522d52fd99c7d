import { ZkError } from './errors.ts'
import { bool, buffer, int, string, vector } from './jute.ts'
import { Session, type SessionOptions } from './session.ts'
import { readStat, type Stat } from './stat.ts'
import type { Watch } from './watches.ts'

/** How a node is made. */
export interface CreateOptions {
  /** It goes with the session. */
  readonly ephemeral?: boolean
  /** The server appends a number of ten digits to its name. */
  readonly sequential?: boolean
  /** What is missing above it is made as well, persistent and empty. */
  readonly parents?: boolean
}

/** Everybody everything; with a name, as Mesos and Marathon do it: the creator everything, everybody else reads. */
const acl = (auth: string | undefined): Buffer =>
  auth === undefined
    ? vector([Buffer.concat([int(31), string('world'), string('anyone')])])
    : vector([
        Buffer.concat([int(1), string('world'), string('anyone')]),
        Buffer.concat([int(31), string('auth'), string('')]),
      ])

/**
 * A ZooKeeper client: what Mesos and Marathon need of one. Errors are ZkError, told apart by `code`; versions of -1
 * mean any.
 */
export class ZooKeeper extends Session {
  readonly #acl: Buffer

  constructor(options: SessionOptions) {
    super(options)
    this.#acl = acl(options.auth)
  }

  /** Makes a node and gives its path, with the number where it is sequential. @throws ZkError NodeExists, NoNode */
  async create(path: string, data: string | Uint8Array = '', options: CreateOptions = {}): Promise<string> {
    if (options.parents) await this.ensure(path.slice(0, path.lastIndexOf('/')))
    const flags = (options.ephemeral ? 1 : 0) + (options.sequential ? 2 : 0)
    const answer = await this.request(1, `create ${path}`, [
      string(path),
      buffer(Buffer.from(data as string)),
      this.#acl,
      int(flags),
    ])
    return answer.string()
  }

  /** Makes a persistent node and what is missing above it; one that is there is left alone. */
  async ensure(path: string): Promise<void> {
    if (path === '' || (await this.exists(path))) return
    await this.create(path, '', { parents: true }).catch((error) => {
      if (!(error instanceof ZkError && error.code === 'NodeExists')) throw error
    })
  }

  /** @throws ZkError NoNode */
  async get(path: string, watch?: Watch): Promise<{ readonly data: Buffer; readonly stat: Stat }> {
    const answered = watch && ((error: number) => error === 0 && this.watches.add('data', path, watch))
    const answer = await this.request(4, `get ${path}`, [string(path), bool(watch !== undefined)], answered)
    return { data: Buffer.from(answer.buffer()), stat: readStat(answer) }
  }

  /** @throws ZkError NoNode, BadVersion */
  async set(path: string, data: string | Uint8Array, version = -1): Promise<Stat> {
    return readStat(
      await this.request(5, `set ${path}`, [string(path), buffer(Buffer.from(data as string)), int(version)]),
    )
  }

  /** @throws ZkError NoNode, NotEmpty, BadVersion */
  async delete(path: string, version = -1): Promise<void> {
    await this.request(2, `delete ${path}`, [string(path), int(version)])
  }

  /** Names, not paths, sorted. The watch is for them alone, not for theirs. @throws ZkError NoNode */
  async children(path: string, watch?: Watch): Promise<string[]> {
    const answered = watch && ((error: number) => error === 0 && this.watches.add('child', path, watch))
    const answer = await this.request(8, `children of ${path}`, [string(path), bool(watch !== undefined)], answered)
    return answer.strings().sort()
  }

  /** Resolves once this server knows all that had been written when it was asked: without it, reads may be old. */
  async sync(path: string): Promise<void> {
    await this.request(9, `sync ${path}`, [string(path)])
  }

  /** What is kept of a node, or nothing; the watch waits for its coming as well as for its going. */
  async exists(path: string, watch?: Watch): Promise<Stat | undefined> {
    const answered = watch && ((error: number) => this.watches.add(error === 0 ? 'data' : 'exist', path, watch))
    try {
      return readStat(await this.request(3, `exists ${path}`, [string(path), bool(watch !== undefined)], answered))
    } catch (error) {
      if (error instanceof ZkError && error.code === 'NoNode') return undefined
      throw error
    }
  }
}
