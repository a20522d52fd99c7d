import type { App } from '../app/types.ts'
import type { Running } from './deploy/types.ts'
import type { Health } from './health/result.ts'
import type { Instance } from './instance.ts'
import type { Reason } from './match/reasons.ts'
import type { Offer } from './mesos.ts'

/** What of the flags the core needs; times in milliseconds. */
export interface Settings {
  readonly localPorts: readonly [number, number]
  readonly features: readonly string[]
  readonly roles: readonly string[]
  readonly maxInstancesPerOffer: number
  readonly maxRunningDeployments: number
  readonly declineOffer: number
  readonly reviveInterval: number
  readonly reconciliation: readonly [delay: number, interval: number]
  readonly scaleApps: readonly [delay: number, interval: number]
  readonly expunge: readonly [delay: number, interval: number]
  readonly taskLaunchTimeout: number
  readonly killRetry: number
  readonly suppressOffers: boolean
  readonly maintenanceMode: boolean
  readonly envPrefix: string
}

export interface TaskFailure {
  readonly appId: string
  readonly host: string
  readonly message: string
  readonly state: string
  readonly taskId: string
  readonly timestamp: string
  readonly version: string
  readonly slaveId?: string
}

/** What the launch queue remembers of an app: offers seen, why they did not fit. */
export interface QueueStats {
  readonly since: number
  readonly processed: number
  readonly unused: number
  readonly lastUnused?: number
  readonly lastUsed?: number
  /** The reasons against the last offer of each agent. */
  readonly last: Readonly<
    Record<string, { readonly offer: Offer; readonly reasons: readonly Reason[]; readonly at: number }>
  >
  readonly attempt: readonly (readonly Reason[])[]
}

export interface Ready {
  readonly name: string
  readonly taskId: string
  readonly ready: boolean
  readonly lastResponse?: { readonly status: number; readonly contentType: string; readonly body: string }
}

/**
 * Everything a leader knows. Apps, versions, instances, deployments and failures are kept in ZooKeeper; the rest dies
 * with the leader.
 */
export interface World {
  readonly settings: Settings
  /** What /v2/info says beside the framework's id. */
  readonly about: Readonly<Record<string, unknown>>
  /** Twelve hex digits that end the UUIDs of this process. */
  readonly node: string
  readonly serial: number
  /** The version that rollbacks of this process give: fixed once, as the real one's is. */
  readonly rollbackVersion: string
  readonly rootVersion: string
  readonly rootVersions: readonly string[]
  readonly apps: Readonly<Record<string, App>>
  readonly history: Readonly<Record<string, Readonly<Record<string, App>>>>
  readonly instances: Readonly<Record<string, Instance>>
  readonly deployments: Readonly<Record<string, Running>>
  readonly failures: Readonly<Record<string, TaskFailure>>
  /** Versions of apps that were asked for and are not there. */
  readonly askedVersions: Readonly<Record<string, readonly string[]>>
  readonly frameworkId?: string
  readonly connected: boolean
  readonly locks: Readonly<Record<string, number>>
  readonly lastLock: number
  /** Scalings outside of deployments that still wait for what they kill. */
  readonly scalings: Readonly<Record<string, { readonly lock: number; readonly waiting: readonly string[] }>>
  readonly health: Readonly<Record<string, Readonly<Record<number, Health>>>>
  /** Aggregated health as last told, by instance. */
  readonly told: Readonly<Record<string, boolean>>
  /** Since when Marathon checks each version of an app: the phase of its checks. */
  readonly checks: Readonly<Record<string, number>>
  readonly ready: Readonly<Record<string, { readonly result?: Ready }>>
  readonly delays: Readonly<Record<string, { readonly until: number; readonly delay: number }>>
  readonly queue: Readonly<Record<string, QueueStats>>
  /** GROUP_BY without a number was met: nothing is launched any more until the process ends. */
  readonly queueDead: boolean
  readonly revive: {
    readonly last: number
    readonly suppressed: boolean
    readonly covered: readonly string[]
    readonly repeats: number
  }
  readonly due: { readonly reconcile: number; readonly scale: number; readonly expunge: number }
  /** Instances that died of Marathon's own checks, and what the last failure said. */
  readonly condemned: Readonly<Record<string, string>>
}

export const versionKey = (app: string, version: string): string => `${app} ${version}`

export const instancesOf = (world: World, app: string): Instance[] =>
  Object.values(world.instances).filter((i) => i.app === app)

/** The definition that an instance runs; one whose version has been forgotten runs the current one. */
export const specOf = (world: World, instance: Instance): App | undefined =>
  world.history[instance.app]?.[instance.version] ?? world.apps[instance.app]
