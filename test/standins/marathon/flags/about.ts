import { features } from './check.ts'
import type { Values } from './parse.ts'

const CONFIG = [
  'access_control_allow_origin',
  'checkpoint',
  'decline_offer_duration',
  'default_network_name',
  'env_vars_prefix',
  'executor',
  'failover_timeout',
  'features',
  'framework_name',
  'ha',
  'hostname',
  'launch_token',
  'launch_token_refresh_interval',
  'leader_proxy_connection_timeout_ms',
  'leader_proxy_read_timeout_ms',
  'local_port_max',
  'local_port_min',
  'master',
  'max_instances_per_offer',
  'mesos_bridge_name',
  'mesos_heartbeat_failure_threshold',
  'mesos_heartbeat_interval',
  'mesos_leader_ui_url',
  'mesos_role',
  'mesos_user',
  'new_group_enforce_role',
  'min_revive_offers_interval',
  'offer_matching_timeout',
  'on_elected_prepare_timeout',
  'reconciliation_initial_delay',
  'reconciliation_interval',
  'scale_apps_initial_delay',
  'scale_apps_interval',
  'store_cache',
  'task_launch_confirm_timeout',
  'task_launch_timeout',
  'task_lost_expunge_initial_delay',
  'task_lost_expunge_interval',
  'task_reservation_timeout',
  'webui_url',
  'maintenance_mode',
]
const ZK = [
  'zk',
  'zk_compression',
  'zk_compression_threshold',
  'zk_connection_timeout',
  'zk_max_node_size',
  'zk_max_versions',
  'zk_session_timeout',
  'zk_timeout',
]

/** Where the name in the answer is not the flag's. */
const FLAG: Readonly<Record<string, string>> = {
  launch_token: 'launch_tokens',
  leader_proxy_connection_timeout_ms: 'leader_proxy_connection_timeout',
  leader_proxy_read_timeout_ms: 'leader_proxy_read_timeout',
}

const typed = (value: string | undefined): unknown => {
  if (value === undefined) return null
  if (value === 'true' || value === 'false') return value === 'true'
  return /^\d+$/.test(value) ? Number(value) : value
}

const pick = (values: Values, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, typed(values[FLAG[name] ?? name])]))

/** A URL without the password that is in it. */
const masked = (url: string | undefined): string => (url ?? '').replace(/\/\/[^@/]*@/, '//xxxxxxxx:xxxxxxxx@')

/** What /v2/info tells of a leader with these flags. */
export const about = (values: Values, leader: string): Readonly<Record<string, unknown>> => ({
  name: 'marathon',
  version: '1.11.26',
  buildref: '90619da70d79a2ecf19368a21c6a695ea981bd74',
  elected: true,
  leader,
  marathon_config: { ...pick(values, CONFIG), features: features(values), master: masked(values.master) },
  zookeeper_config: { ...pick(values, ZK), zk: masked(values.zk) },
  http_config: { http_port: typed(values.http_port), https_port: typed(values.https_port) },
})
