import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { compact, present } from '../../lib/compact.ts'
import type { CloudHost } from '../../model/cloud.ts'
import {
  available,
  openSandbox,
  type Release,
  type Sandbox,
  SandboxError,
  sandboxIdentity,
} from '../../sandbox/index.ts'
import { foldersIn, paths, readRecord, stateDir, writeRecord } from '../../sandbox/state.ts'
import { CloudError, type Instance, type Opening, type Order, type Place, type Provider, TAG } from '../provider.ts'
import { cloudInitLayer } from './layer.ts'

/** The record of an instance, written before anything is made. */
interface Kept {
  readonly token: string
  readonly tags: Readonly<Record<string, string>>
  /** It has been up at least once. */
  readonly made?: true
}

const idOf = (token: string): string => `sb-${createHash('sha256').update(token).digest('hex').slice(0, 12)}`

/** An image's Debian release. */
const releaseOf = (image: string): Release | undefined =>
  image === 'debian-12' || image === 'debian-13' ? (image.slice(-2) as Release) : undefined

/** Opens the sandbox of a cluster's name. @throws CloudError if sandbox hosts cannot run here */
export async function sandboxProvider({ account: { cluster }, progress }: Opening): Promise<Provider> {
  const why = available()
  if (why !== undefined) throw new CloudError('refused', why)
  return new SandboxCloud(await openSandbox({ name: cluster, onProgress: progress }), progress)
}

/** Sandbox hosts as a cloud: like real instances, they get their settings from cloud-init. */
class SandboxCloud implements Provider {
  readonly name = 'sandbox'
  readonly login = sandboxIdentity()
  readonly #box: Sandbox
  readonly #progress: Opening['progress']
  readonly #root: string

  constructor(box: Sandbox, progress: Opening['progress']) {
    this.#box = box
    this.#progress = progress
    this.#root = join(paths(stateDir()).clouds, box.name)
  }

  #file(host: string): string {
    return join(this.#root, host, 'instance.json')
  }

  #kept(host: string): Kept | undefined {
    return readRecord<Kept>(this.#file(host))
  }

  /** An instance's host and record. */
  #find(id: string): { readonly host: string; readonly record: Kept } {
    for (const host of foldersIn(this.#root)) {
      const record = this.#kept(host)
      if (record && idOf(record.token) === id) return { host, record }
    }
    throw new CloudError('gone', `there is no instance ${id}`)
  }

  async whose(): Promise<string> {
    return `sandbox ${this.#box.name} of this machine`
  }

  async image({ image }: CloudHost): Promise<string> {
    return image
  }

  async places(): Promise<readonly Place[]> {
    return [{ subnet: 'sandbox', cidr: '10.77.0.0/16' }]
  }

  async check(orders: readonly Order[]): Promise<readonly string[]> {
    return orders.flatMap(({ host, image }) =>
      releaseOf(image) ? [] : [`${host}: the sandbox has debian-12 and debian-13, not ${image}`],
    )
  }

  async describe(): Promise<readonly Instance[]> {
    const there = await this.#box.list()
    return foldersIn(this.#root).flatMap((host): Instance[] => {
      const record = this.#kept(host)
      // A half-made instance does not exist yet: the same order, sent again, continues with it.
      if (!record?.made) return []
      const { token, tags } = record
      const status = there.find(({ name }) => name === host)
      if (!status) return [{ id: idOf(token), tags, state: 'ended' }]
      const state = status.state === 'stopped' ? 'stopped' : 'running'
      return [{ id: idOf(token), tags, state, privateAddress: status.address }]
    })
  }

  create(order: Order): Promise<Instance> {
    return said(async () => {
      const { host, token, tags, userData, privateAddress: address } = order
      const before = this.#kept(host)
      const there = (await this.describe()).find((each) => each.tags[TAG.host] === host)
      const another = before !== undefined && before.token !== token
      if (another && there && there.state !== 'ended')
        throw new CloudError('token', `there is another instance of ${host}, ${there.id}: provision refresh`)
      if (another && this.#box.hosts().some(({ name }) => name === host)) await this.#box.remove(host)
      const record: Kept = before?.token === token ? before : { token, tags }
      writeRecord(this.#file(host), record)
      const layer = await cloudInitLayer(this.#box, releaseOf(order.image) ?? '12', this.#progress)
      const files = {
        'var/lib/cloud/seed/nocloud/meta-data': `instance-id: ${idOf(token)}\nlocal-hostname: ${host}\n`,
        'var/lib/cloud/seed/nocloud/user-data': userData,
      }
      await this.#box.up([{ name: host, layer, files, ...compact({ address }) }])
      writeRecord(this.#file(host), { ...record, made: true } satisfies Kept)
      return present((await this.describe()).find(({ id }) => id === idOf(token)))
    })
  }

  async tag(id: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const { host, record } = this.#find(id)
    writeRecord(this.#file(host), { ...record, tags: { ...record.tags, ...tags } } satisfies Kept)
  }

  start(id: string): Promise<void> {
    return said(() => this.#box.boot(this.#find(id).host))
  }

  stop(id: string): Promise<void> {
    return said(() => this.#box.stop(this.#find(id).host))
  }

  end(id: string): Promise<void> {
    return said(async () => {
      const { host } = this.#find(id)
      if (this.#box.hosts().some(({ name }) => name === host)) await this.#box.remove(host)
      rmSync(join(this.#root, host), { recursive: true, force: true })
      if (this.#box.hosts().length === 0) await this.#box.down()
    })
  }

  async console(): Promise<readonly string[]> {
    return []
  }
}

/** Turns the sandbox's errors into the cloud's, in the sandbox's own words. */
async function said<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SandboxError) throw new CloudError('refused', error.message)
    throw error
  }
}
