import type { Ended } from './exec.ts'
import type { Progress } from './image/image.ts'
import type { HostOptions, Release } from './state.ts'

/** A host that runs (or was stopped), and how to log in to it. */
export interface SandboxHost {
  readonly name: string
  readonly address: string
  /** `ssh-ed25519 AAAA…`, to pin; stays the same when the host is reset. */
  readonly hostKey: string
  /** Has sudo without a password; so has `ubuntu`; root takes the same key. */
  readonly user: 'admin'
  readonly identityFile: string
  readonly release: Release
  /**
   * Runs sh as root inside, not through SSH: it works with the link cut. @throws SandboxError if the host does not
   * run
   */
  sh(command: string, input?: string): Promise<Ended>
}

/** What a host does just now. */
export interface HostStatus {
  readonly name: string
  readonly address: string
  readonly release: Release
  readonly state: 'running' | 'frozen' | 'stopped'
  readonly link: 'up' | 'cut' | 'dropping'
  readonly light: boolean
  readonly delayMs: number
}

/** A sandbox: hosts on a network of their own. `names` are hosts'; a name that it has not is a SandboxError. */
export interface Sandbox {
  readonly name: string
  /**
   * Makes hosts that are not there yet, boots those that do not run; resolves when all take logins. Clears what a crash
   * left half made.
   */
  up(hosts: readonly HostOptions[]): Promise<SandboxHost[]>
  /**
   * Removes hosts, cables, bridge, mounts, cgroups; with the last sandbox the package cache's process too.
   * Images, layers and packages stay, unless `purge`.
   */
  down(options?: { readonly purge?: boolean }): Promise<void>
  /** A host that was made. @throws SandboxError */
  host(name: string): SandboxHost
  hosts(): SandboxHost[]
  list(): Promise<HostStatus[]>
  /** A power cut: every process dies at once; the disk stays. */
  kill(...names: string[]): Promise<void>
  /** An orderly shutdown. */
  stop(...names: string[]): Promise<void>
  boot(...names: string[]): Promise<void>
  /** A new disk; same name, address and host key. Boots. */
  reset(...names: string[]): Promise<void>
  remove(...names: string[]): Promise<void>
  /** Pulls the cable; `heal` plugs it in again. */
  cut(...names: string[]): Promise<void>
  heal(...names: string[]): Promise<void>
  /** Loses every packet silently; `undrop` ends that. */
  drop(...names: string[]): Promise<void>
  undrop(...names: string[]): Promise<void>
  /** Stops all its processes where they are; `thaw` lets them go on. */
  freeze(...names: string[]): Promise<void>
  thaw(...names: string[]): Promise<void>
  /** Gives it a cable that adds `ms` of round trip, 0 for none; open connections survive. */
  delay(name: string, ms: number): Promise<void>
  /** Takes CPUs away: a host gets `cpus` of them (0.05: a twentieth of one), 0 for all. */
  cpus(name: string, cpus: number): Promise<void>
  /** Keeps a host's disk as a layer for new hosts (packages preinstalled); the host is removed. */
  bake(name: string, layer: string): Promise<void>
  hasLayer(layer: string): boolean
}

/** How a sandbox is opened. */
export interface SandboxOptions {
  /** Default `main`. */
  readonly name?: string
  /** Its network is 10.77.`network`.0/24; default: that of its hosts' addresses, else a free one. */
  readonly network?: number
  /** State folder; default PROVISION_SANDBOX_DIR, else /var/lib/provision-sandbox. */
  readonly dir?: string
  readonly onProgress?: Progress
}
