/**
 * An app as the API shows it, legacy fields and defaults resolved. Fields that the stand-in only carries are in the
 * index signature of JSON.
 */
export interface App {
  readonly id: string
  readonly acceptedResourceRoles?: readonly string[]
  readonly args?: readonly string[]
  readonly backoffFactor: number
  readonly backoffSeconds: number
  readonly cmd?: string
  readonly constraints?: readonly (readonly string[])[]
  readonly container?: Container
  readonly cpus: number
  readonly dependencies?: readonly string[]
  readonly disk: number
  readonly env?: Readonly<Record<string, string | { readonly secret: string }>>
  readonly executor: string
  readonly fetch?: readonly Artifact[]
  readonly healthChecks?: readonly HealthCheck[]
  readonly instances: number
  readonly labels: Readonly<Record<string, string>>
  readonly maxLaunchDelaySeconds: number
  readonly mem: number
  readonly gpus: number
  readonly networks: readonly Network[]
  readonly portDefinitions?: readonly PortDefinition[]
  readonly readinessChecks?: readonly ReadinessCheck[]
  readonly requirePorts: boolean
  readonly secrets?: Readonly<Record<string, { readonly source: string }>>
  readonly taskKillGracePeriodSeconds?: number
  readonly upgradeStrategy: { readonly maximumOverCapacity: number; readonly minimumHealthCapacity: number }
  readonly user?: string
  readonly version: string
  readonly versionInfo?: VersionInfo
  readonly killSelection: 'YOUNGEST_FIRST' | 'OLDEST_FIRST'
  readonly unreachableStrategy:
    | 'disabled'
    | { readonly inactiveAfterSeconds: number; readonly expungeAfterSeconds: number }
  readonly role: string
}

export interface VersionInfo {
  readonly lastScalingAt: string
  readonly lastConfigChangeAt: string
}

export interface Container {
  readonly type: 'MESOS' | 'DOCKER'
  readonly docker?: {
    readonly forcePullImage: boolean
    readonly image: string
    readonly parameters: readonly { readonly key: string; readonly value: string }[]
    readonly privileged: boolean
  }
  readonly volumes: readonly { readonly containerPath: string; readonly hostPath?: string; readonly mode?: string }[]
  readonly portMappings?: readonly PortMapping[]
}

export interface PortMapping {
  readonly containerPort: number
  readonly hostPort?: number
  readonly labels: Readonly<Record<string, string>>
  readonly name?: string
  readonly protocol: string
  readonly servicePort: number
}

export interface PortDefinition {
  readonly port: number
  readonly labels?: Readonly<Record<string, string>>
  readonly name?: string
  readonly protocol: string
}

export interface Network {
  readonly name?: string
  readonly mode: 'host' | 'container' | 'container/bridge'
}

export interface Artifact {
  readonly uri: string
  readonly extract: boolean
  readonly executable: boolean
  readonly cache: boolean
}

export interface HealthCheck {
  readonly command?: { readonly value: string }
  readonly gracePeriodSeconds: number
  readonly ignoreHttp1xx?: boolean
  readonly intervalSeconds: number
  readonly maxConsecutiveFailures: number
  readonly path?: string
  readonly port?: number
  readonly portIndex?: number
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'COMMAND' | 'MESOS_TCP' | 'MESOS_HTTP' | 'MESOS_HTTPS'
  readonly timeoutSeconds: number
  readonly delaySeconds: number
}

export interface ReadinessCheck {
  readonly name: string
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly path: string
  readonly portName: string
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly httpStatusCodesForReady: readonly number[]
  readonly preserveLastResponse: boolean
}

export const bridged = (app: App): boolean => app.networks.some((n) => n.mode === 'container/bridge')

/** Checks that Marathon carries out itself; the others are Mesos's. */
export const byMarathon = (check: HealthCheck): boolean => ['HTTP', 'HTTPS', 'TCP'].includes(check.protocol)

export const hasHealthChecks = (app: App): boolean => (app.healthChecks ?? []).length > 0
