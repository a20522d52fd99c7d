import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Ledger, type LedgerHost, parseLedger, renderLedger } from '../../inventory/cloud/ledger.ts'
import { makeFolders } from '../../lib/kept/folders.ts'
import { stateFolder } from '../../lib/kept/home.ts'
import { codeOf, whyUnwritten } from '../../lib/message.ts'
import type { CloudAccount } from '../../model/cloud.ts'
import { CloudError, type Order, type Owner } from '../provider.ts'

/** Replaces a file whole, on the disk and not only in memory. */
function replace(path: string, text: string, mode: number): void {
  const fresh = `${path}.new`
  try {
    makeFolders(dirname(path), 0o700)
    rmSync(fresh, { force: true })
    const fd = openSync(fresh, 'wx', mode)
    try {
      writeSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(fresh, path)
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    throw new CloudError('refused', `${path} cannot be written: ${whyUnwritten(error)}`)
  }
}

/** The ledger in its file: each change is on the disk when the call returns. */
export class LedgerFile {
  #ledger: Ledger
  readonly #path: string
  readonly #account: CloudAccount
  #owner: Owner | undefined

  /** @throws InventoryFileError if there is a file that is no ledger */
  constructor(path: string, account: CloudAccount) {
    this.#path = path
    this.#account = account
    this.#ledger = { provider: account.provider, cluster: account.cluster, hosts: {}, ended: {} }
    this.#read()
  }

  /** What another command of this process has written since is not to be written over. */
  #read(): void {
    try {
      const { provider, cluster } = this.#account
      const read = parseLedger(readFileSync(this.#path, 'utf8'), basename(this.#path))
      // one without instances is about nobody's: the cluster may have another name now
      this.#ledger = Object.keys(read.hosts).length > 0 ? read : { ...read, provider, cluster }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }

  /**
   * The file is about instances of this owner, who is written down with the next change. @throws CloudError where it is
   * about those of another one
   */
  claim({ account, region }: Owner): void {
    const { account: whose = account, region: where = region } = this.#ledger
    if (Object.keys(this.hosts).length > 0 && (whose !== account || where !== region))
      throw new CloudError(
        'refused',
        `${basename(this.#path)} is about instances of account ${whose} in ${where}, and your login is for account ${account} in ${region}: check "profile" and "region" in "cloud", AWS_PROFILE and AWS_REGION`,
      )
    this.#owner = { account, region }
  }

  get hosts(): Ledger['hosts'] {
    return this.#ledger.hosts
  }

  /** The last generation that was known of a host; 0: none. */
  generation(host: string): number {
    return Math.max(this.#ledger.hosts[host]?.generation ?? 0, this.#ledger.ended[host] ?? 0)
  }

  put(host: string, entry: LedgerHost): void {
    this.#read()
    const { [host]: _, ...ended } = this.#ledger.ended
    this.#write({ ...this.#ledger, hosts: { ...this.#ledger.hosts, [host]: entry }, ended })
  }

  /** The host has no instance any more. */
  remove(host: string, generation = this.generation(host)): void {
    this.#read()
    const { [host]: _, ...hosts } = this.#ledger.hosts
    this.#write({ ...this.#ledger, hosts, ended: { ...this.#ledger.ended, [host]: generation } })
  }

  /** The host is none any more: others have ended its instance, or the inventory no longer looks for it. */
  drop(host: string): void {
    this.#read()
    const { [host]: _, ...hosts } = this.#ledger.hosts
    this.#write({ ...this.#ledger, hosts })
  }

  #write(changed: Ledger): void {
    const ledger = { ...changed, ...this.#owner }
    if (renderLedger(ledger) !== renderLedger(this.#ledger)) replace(this.#path, renderLedger(ledger), 0o644)
    this.#ledger = ledger
  }
}

/** A launch that is under way: written down before it is ordered, taken away when the host's own key is pinned. */
export interface Launch {
  readonly order: Order
  /** The key of the first contact; its private half is in the order's user data. */
  readonly firstKey: string
  /** The key that was made on the host, before it is put in place there. */
  readonly ownKey?: string
}

/** Launches that are under way, on this machine: they hold a secret, so only the user may read them. */
export class Journal {
  readonly #folder: string

  constructor(account: CloudAccount, env: Readonly<Record<string, string | undefined>>) {
    const { provider, cluster, region } = account
    this.#folder = join(stateFolder(env), 'cloud', [provider, region, cluster].filter(Boolean).join('-'))
  }

  /** Where the lock of the cluster's instances lies. */
  get lock(): string {
    return `${this.#folder}.lock`
  }

  read(host: string): Launch | undefined {
    try {
      return JSON.parse(readFileSync(this.#file(host), 'utf8')) as Launch
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  hosts(): readonly string[] {
    try {
      return readdirSync(this.#folder).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []))
    } catch {
      return []
    }
  }

  write(launch: Launch): void {
    replace(this.#file(launch.order.host), `${JSON.stringify(launch)}\n`, 0o600)
  }

  remove(host: string): void {
    rmSync(this.#file(host), { force: true })
  }

  #file(host: string): string {
    return join(this.#folder, `${host}.json`)
  }
}
