import type { Ended } from './exec.ts'
import type { Progress } from './image/image.ts'
import type { HostOptions, Release } from './state.ts'

/** A host that runs or was stopped, and how to log in to it. */
export interface SandboxHost {
  readonly name: string
  readonly address: string
  /** `ssh-ed25519 AAAA…`, to pin; stays the same when the host is reset. */
  readonly hostKey: string
  /** It may use sudo without a password, as may `ubuntu`; root accepts the same key. */
  readonly user: 'admin'
  readonly identityFile: string
  readonly release: Release
  /**
   * Runs sh as root inside, without SSH, so that it works with the link cut. @throws SandboxError if the host does not
   * run
   */
  sh(command: string, input?: string): Promise<Ended>
}

/** The current state of a host. */
export interface HostStatus {
  readonly name: string
  readonly address: string
  readonly release: Release
  readonly state: 'running' | 'frozen' | 'stopped'
  readonly link: 'up' | 'cut' | 'dropping'
  readonly light: boolean
  readonly delayMs: number
}

/** A sandbox: hosts on a network of their own. `names` are names of hosts; an unknown one is a SandboxError. */
export interface Sandbox {
  readonly name: string
  /**
   * Makes hosts that do not exist yet, boots those that do not run; resolves when all accept logins. Removes what a
   * crash left half-made.
   */
  up(hosts: readonly HostOptions[]): Promise<SandboxHost[]>
  /**
   * Removes hosts, cables, bridge, mounts and cgroups; with the last sandbox, also ends the package cache's process.
   * Keeps images, layers and packages, unless `purge`.
   */
  down(options?: { readonly purge?: boolean }): Promise<void>
  /** A host of this sandbox. @throws SandboxError */
  host(name: string): SandboxHost
  hosts(): SandboxHost[]
  list(): Promise<HostStatus[]>
  /** A power cut: every process dies at once; the disk stays. */
  kill(...names: string[]): Promise<void>
  /** A clean shutdown. */
  stop(...names: string[]): Promise<void>
  boot(...names: string[]): Promise<void>
  /** Gives it a new disk and boots it; name, address and host key stay. */
  reset(...names: string[]): Promise<void>
  remove(...names: string[]): Promise<void>
  /** Pulls the cable; `heal` plugs it in again. */
  cut(...names: string[]): Promise<void>
  heal(...names: string[]): Promise<void>
  /** Drops every packet silently; `undrop` ends that. */
  drop(...names: string[]): Promise<void>
  undrop(...names: string[]): Promise<void>
  /** Freezes all its processes; `thaw` continues them. */
  freeze(...names: string[]): Promise<void>
  thaw(...names: string[]): Promise<void>
  /** Gives it a cable that adds `ms` to a round trip, 0 for none; open connections survive. */
  delay(name: string, ms: number): Promise<void>
  /** Limits a host to `cpus` CPUs (0.05: a twentieth of one); 0: no limit. */
  cpus(name: string, cpus: number): Promise<void>
  /** Keeps a host's disk as a layer for new hosts (with preinstalled packages), and removes the host. */
  bake(name: string, layer: string): Promise<void>
  hasLayer(layer: string): boolean
}

/** Options for opening a sandbox. */
export interface SandboxOptions {
  /** Default `main`. */
  readonly name?: string
  /** Its network is 10.77.`network`.0/24; default: that of its hosts' addresses, else a free one. */
  readonly network?: number
  /** State folder; default PROVISION_SANDBOX_DIR, else /var/lib/provision-sandbox. */
  readonly dir?: string
  readonly onProgress?: Progress
}
