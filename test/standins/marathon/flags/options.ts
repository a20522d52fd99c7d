import type { Settings } from '../core/world.ts'
import { features } from './check.ts'
import type { Values } from './parse.ts'

/** Flags as what they are for. */
export interface Options {
  readonly master: string
  readonly zk: string
  readonly zkSessionTimeout: number
  readonly zkConnectionTimeout: number
  readonly hostname: string
  readonly httpAddress?: string
  readonly httpPort: number
  readonly credentials?: string
  readonly ha: boolean
  readonly proxyTimeouts: { readonly connect: number; readonly read: number }
  readonly maxOutstanding: number
  readonly framework: {
    readonly name: string
    readonly user: string
    readonly role: string
    readonly failoverTimeout: number
    readonly checkpoint: boolean
    readonly webuiUrl: string
    readonly taskKilling: boolean
    readonly principal?: string
    readonly secret?: string
  }
  readonly settings: Settings
}

const number = (values: Values, name: string): number => Number(values[name])
const on = (values: Values, name: string): boolean => values[name] === 'true'

const settings = (values: Values): Settings => ({
  localPorts: [number(values, 'local_port_min'), number(values, 'local_port_max')],
  features: features(values),
  roles: [...new Set(['*', values.mesos_role as string])],
  maxInstancesPerOffer: number(values, 'max_instances_per_offer'),
  maxRunningDeployments: number(values, 'max_running_deployments'),
  declineOffer: number(values, 'decline_offer_duration'),
  reviveInterval: number(values, 'min_revive_offers_interval'),
  reconciliation: [number(values, 'reconciliation_initial_delay'), number(values, 'reconciliation_interval')],
  scaleApps: [number(values, 'scale_apps_initial_delay'), number(values, 'scale_apps_interval')],
  expunge: [number(values, 'task_lost_expunge_initial_delay'), number(values, 'task_lost_expunge_interval')],
  taskLaunchTimeout: number(values, 'task_launch_timeout'),
  killRetry: number(values, 'kill_retry_timeout'),
  suppressOffers: on(values, 'suppress_offers'),
  maintenanceMode: on(values, 'maintenance_mode'),
  envPrefix: values.env_vars_prefix ?? '',
})

/** @param secret what `--mesos_authentication_secret_file` holds */
export const options = (values: Values, secret?: string): Options => {
  const authenticated = on(values, 'mesos_authentication')
  const given = secret ?? values.mesos_authentication_secret
  return {
    master: values.master as string,
    zk: values.zk as string,
    zkSessionTimeout: number(values, 'zk_session_timeout'),
    zkConnectionTimeout: number(values, 'zk_connection_timeout'),
    hostname: values.hostname as string,
    ...(values.http_address !== undefined && { httpAddress: values.http_address }),
    httpPort: number(values, 'http_port'),
    ...(values.http_credentials !== undefined && { credentials: values.http_credentials }),
    ha: on(values, 'ha'),
    proxyTimeouts: {
      connect: number(values, 'leader_proxy_connection_timeout'),
      read: number(values, 'leader_proxy_read_timeout'),
    },
    maxOutstanding: number(values, 'event_stream_max_outstanding_messages'),
    framework: {
      name: values.framework_name as string,
      user: values.mesos_user as string,
      role: values.mesos_role as string,
      failoverTimeout: number(values, 'failover_timeout'),
      checkpoint: on(values, 'checkpoint'),
      webuiUrl: values.webui_url ?? `http://${values.hostname}:${values.http_port}`,
      taskKilling: features(values).includes('task_killing'),
      ...(authenticated &&
        values.mesos_authentication_principal !== undefined && { principal: values.mesos_authentication_principal }),
      ...(authenticated && given !== undefined && { secret: given }),
    },
    settings: settings(values),
  }
}
