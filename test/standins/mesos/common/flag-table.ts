/** One flag of a daemon. */
export interface FlagSpec {
  readonly name: string
  readonly aliases: readonly string[]
  readonly kind: 'boolean' | 'duration' | 'number' | 'text' | 'path' | 'location'
  readonly default?: string
}

export type FlagTable = ReadonlyMap<string, FlagSpec>

const DURATIONS = new Set(['offer_timeout', 'executor_reregistration_retry_interval'])
const NUMBERS = new Set(['port', 'quorum', 'advertise_port', 'logbufsecs', 'cleanup_log_files'])

/** Files of which the daemon is told the path, not the content. */
const PATHS = new Set([
  'credentials',
  'credential',
  'http_credentials',
  'work_dir',
  'log_dir',
  'launcher_dir',
  'runtime_dir',
  'webui_dir',
])

/** Values that may stand in a file, whose path is shown in their place: they may hold a password. */
const LOCATIONS = new Set(['zk', 'master'])

/** Reads a table of flags: one a line, `?` before booleans, aliases behind commas, the default behind `=`. */
export function flagTable(text: string): FlagTable {
  const specs = text
    .trim()
    .split('\n')
    .map((line): FlagSpec => {
      const [, boolean, names, given] = /^(\??)([^=]+)(?:=(.*))?$/.exec(line) as unknown as [
        string,
        string,
        string,
        string?,
      ]
      const [name, ...aliases] = names.split(',') as [string, ...string[]]
      return {
        name,
        aliases,
        kind: kindOf(name, boolean === '?', given),
        ...(given !== undefined && { default: given }),
      }
    })
  return new Map(specs.map((spec) => [spec.name, spec]))
}

function kindOf(name: string, boolean: boolean, given: string | undefined): FlagSpec['kind'] {
  if (boolean) return 'boolean'
  if (PATHS.has(name)) return 'path'
  if (LOCATIONS.has(name)) return 'location'
  if (NUMBERS.has(name) || name.startsWith('max_')) return 'number'
  return DURATIONS.has(name) || /^\d+(ns|us|ms|secs|mins|hrs|days|weeks)$/.test(given ?? '') ? 'duration' : 'text'
}
