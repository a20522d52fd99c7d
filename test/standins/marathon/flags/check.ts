import type { Refused, Values } from './parse.ts'

/** Features that can be switched on. */
const FEATURES: Readonly<Record<string, string>> = {
  secrets: 'Enable support for secrets in Marathon (experimental)',
  external_volumes: 'Enable external volumes support in Marathon',
  vips: 'Enable networking VIPs UI',
  gpu_resources: 'Enable support for GPU in Marathon (experimental)',
  task_killing: 'Enable the optional TASK_KILLING state, available in Mesos 0.28 and later',
}

/** Features that once were and are no more: naming one is an error, so that nobody relies on it. */
const REMOVED = [
  'text_plain_tasks',
  'sanitize_accepted_resource_roles',
  'api_heavy_events',
  'proxy_events',
  'kill_retry_max',
  'app_c',
]
const DEPRECATED = ['json_schemas_resource']

const list = (text: string | undefined): string[] => (text ?? '').split(',').flatMap((name) => name.trim() || [])

const invalid = (why: string): Refused => ({
  code: 112,
  lines: ['ERROR Invalid command line flag (mesosphere.marathon.MarathonApp:main)', why],
})

export const features = (values: Values): string[] => list(values.enable_features)

/** What is wrong with flags whose form is right. @param resolves whether a host name has an address */
export const check = async (
  values: Values,
  resolves: (host: string) => Promise<boolean>,
): Promise<Refused | undefined> => {
  const removed = list(values.deprecated_features).find((name) => REMOVED.includes(name))
  if (removed)
    return {
      code: 1,
      lines: [
        `ERROR ${removed} has been removed as of 1.11.0.`,
        `[scallop] Error: Validation failure for 'deprecated_features' option parameters: ${removed}`,
      ],
    }
  const unknown = list(values.deprecated_features).filter((name) => !DEPRECATED.includes(name))
  if (unknown.length > 0)
    return invalid(
      `java.lang.IllegalArgumentException: requirement failed: Unknown deprecated features specified: ${unknown.join(', ')}.`,
    )
  const strange = features(values).filter((name) => !(name in FEATURES))
  const available = Object.entries(FEATURES).map(([name, what]) => `${name} - ${what}`)
  if (strange.length > 0)
    return invalid(
      `java.lang.IllegalArgumentException: requirement failed: Unknown features specified: ${strange.join(', ')}. Available features are: ${available.join(', ')}`,
    )
  const host = values.hostname as string
  if (!(await resolves(host)))
    return invalid(`java.net.UnknownHostException: ${host}: ${host}: Temporary failure in name resolution`)
  return undefined
}
