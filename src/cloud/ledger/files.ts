import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Ledger, type LedgerHost, parseLedger, renderLedger } from '../../inventory/cloud/ledger.ts'
import { isObject } from '../../lib/json.ts'
import { makeFolders } from '../../lib/kept/folders.ts'
import { stateFolder } from '../../lib/kept/home.ts'
import { codeOf, whyUnwritten } from '../../lib/message.ts'
import type { CloudAccount } from '../../model/cloud.ts'
import { CloudError, type Order, type Owner } from '../provider.ts'

/** Replaces a whole file, and syncs it to disk. */
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

/** The ledger's file: each change is on disk when the call returns. */
export class LedgerFile {
  #ledger: Ledger
  readonly #path: string
  readonly #account: CloudAccount
  #owner: Owner | undefined

  /** @throws InventoryFileError if the file is not a ledger */
  constructor(path: string, account: CloudAccount) {
    this.#path = path
    this.#account = account
    this.#ledger = { provider: account.provider, cluster: account.cluster, hosts: {}, ended: {} }
    this.#read()
  }

  /** Reads the file again, to keep what another command of this process has written since. */
  #read(): void {
    try {
      const { provider, cluster } = this.#account
      const read = parseLedger(readFileSync(this.#path, 'utf8'), basename(this.#path))
      // a ledger without instances has no owner: the cluster's name may have changed
      this.#ledger = Object.keys(read.hosts).length > 0 ? read : { ...read, provider, cluster }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }

  /** Claims the file for this owner, which the next change records. @throws CloudError if it belongs to another one */
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

  /** The last known generation of a host; 0 if there was none. */
  generation(host: string): number {
    return Math.max(this.#ledger.hosts[host]?.generation ?? 0, this.#ledger.ended[host] ?? 0)
  }

  put(host: string, entry: LedgerHost): void {
    this.#read()
    const { [host]: _, ...ended } = this.#ledger.ended
    this.#write({ ...this.#ledger, hosts: { ...this.#ledger.hosts, [host]: entry }, ended })
  }

  /** Records that the host has no instance any more. */
  remove(host: string, generation = this.generation(host)): void {
    this.#read()
    const { [host]: _, ...hosts } = this.#ledger.hosts
    this.#write({ ...this.#ledger, hosts, ended: { ...this.#ledger.ended, [host]: generation } })
  }

  /** Removes the host: others have terminated its instance, or the inventory no longer looks for it. */
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

/** A launch in progress: recorded before the order, removed when the host's own key is pinned. */
export interface Launch {
  readonly order: Order
  /** The key for the first contact; the order's user data contains its private half. */
  readonly firstKey: string
  /** The key that was created on the host, before it is put into use. */
  readonly ownKey?: string
}

const isLaunch = (value: unknown): value is Launch => isObject(value) && 'order' in value && 'firstKey' in value

/** This machine's launches in progress. They contain a secret, so only the user may read them. */
export class Journal {
  readonly #folder: string

  constructor(account: CloudAccount, env: Readonly<Record<string, string | undefined>>) {
    const { provider, cluster, region } = account
    this.#folder = join(stateFolder(env), 'cloud', [provider, region, cluster].filter(Boolean).join('-'))
  }

  /** The path of the lock on the cluster's instances. */
  get lock(): string {
    return `${this.#folder}.lock`
  }

  /** @throws CloudError if the file is not one that {@link write} left */
  read(host: string): Launch | undefined {
    const file = this.#file(host)
    try {
      const launch: unknown = JSON.parse(readFileSync(file, 'utf8'))
      if (isLaunch(launch)) return launch
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      if (!(error instanceof SyntaxError)) throw error
    }
    throw new CloudError(
      'refused',
      `${file} is not what provision wrote there about the launch of ${host}: provision terminate --host ${host} ends what was launched, and removes the file`,
    )
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
