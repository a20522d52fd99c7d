import { didYouMean } from '../../src/index.ts'
import { isObject, type Settings } from '../common/settings.ts'
import { wrongNetworks, wrongServers } from './networks.ts'

/** The variables that determine daemon.json. */
interface Logs {
  readonly logMaxSize: string
  readonly logMaxFiles: number
  readonly settings: Settings
}

/** Paths that `settings` must not contain, and why. */
export const OWN: Readonly<Record<string, string>> = {
  'live-restore':
    'stays false: with it, a restart leaves containers running that Mesos has given up, on ports that it gives to others',
  hosts: 'is set in its unit: dockerd does not start if both set it (a drop-in of docker.service can change that)',
  containerd: 'is set in its unit, and dockerd does not start if both set it',
}

/**
 * The settings of daemon.json, as dockerd 20.10 to 28 know them, with their types: nothing for text, `?` for a boolean,
 * `#` for a number, `[]` for a list, `{}` for an object.
 */
const KNOWN: ReadonlyMap<string, string> = new Map(
  `allow-direct-routing? allow-nondistributable-artifacts[] api-cors-header authorization-plugins[] bip bip6 bridge bridge-accept-fwmark builder{}
  cdi-spec-dirs[] cgroup-parent cluster-advertise cluster-store cluster-store-opts{} containerd containerd-namespace containerd-plugin-namespace
  cpu-rt-period# cpu-rt-runtime# data-root debug? default-address-pools[] default-cgroupns-mode default-gateway default-gateway-v6 default-ipc-mode
  default-network-opts{} default-runtime default-shm-size default-ulimits{} deprecated-key-path dns[] dns-opts[] dns-search[] exec-opts[] exec-root
  experimental? features{} firewall-backend fixed-cidr fixed-cidr-v6 group host-gateway-ip host-gateway-ips[] hosts[] icc? init? init-path
  insecure-registries[] ip ip-forward? ip-forward-no-drop? ip-masq? ip6tables? iptables? ipv6? isolation labels[] live-restore? log-driver log-format
  log-level log-opts{} max-concurrent-downloads# max-concurrent-uploads# max-download-attempts# metrics-addr min-api-version mtu#
  network-control-plane-mtu# no-new-privileges? node-generic-resources[] oom-score-adjust# pidfile proxies{} raw-logs? registry-mirrors[] rootless?
  runtimes{} seccomp-profile selinux-enabled? shutdown-timeout# storage-driver storage-opts[] swarm-default-advertise-addr tls? tlscacert tlscert
  tlskey tlsverify? userland-proxy? userland-proxy-path userns-remap`
    .split(/\s+/)
    .map((word) => [word.replace(/[^a-z0-9-]/g, ''), word.replace(/[a-z0-9-]/g, '')]),
)

/** The settings that dockerd reads again on a reload. */
export const RELOADED = [
  'debug',
  'default-runtime',
  'features',
  'insecure-registries',
  'labels',
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'max-download-attempts',
  'registry-mirrors',
  'runtimes',
  'shutdown-timeout',
]

const KINDS: Readonly<Record<string, readonly [fits: (value: unknown) => boolean, wanted: string]>> = {
  '': [(value) => typeof value === 'string' || typeof value === 'number', 'is text'],
  '?': [(value) => typeof value === 'boolean', 'is true or false'],
  '#': [(value) => Number.isInteger(value), 'is a whole number'],
  '[]': [Array.isArray, 'is a list [ … ]'],
  '{}': [isObject, 'is an object { … }'],
}

/** The log drivers with their options: dockerd does not start with an option that the driver does not know. */
const DRIVERS: Readonly<Record<string, readonly string[] | undefined>> = {
  'json-file': ['max-size', 'max-file', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  local: ['max-size', 'max-file', 'compress'],
  journald: ['labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  none: [],
  syslog: undefined,
  gelf: undefined,
  fluentd: undefined,
  awslogs: undefined,
  splunk: undefined,
  gcplogs: undefined,
}
/** Options that every driver has. */
const COMMON = ['mode', 'max-buffer-size', 'cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress']

const ROTATED = ['json-file', 'local']
const driverOf = (settings: Settings): string => String(settings['log-driver'] ?? 'json-file')

function wrongOption(driver: string, name: string, value: unknown): string | undefined {
  if (typeof value !== 'string')
    return `"log-opts.${name}" must be text, even if it is a number: write it in double quotes`
  if (ROTATED.includes(driver) && name === 'max-size')
    return '"log-opts.max-size" cannot be set here: it is the variable logMaxSize'
  if (ROTATED.includes(driver) && name === 'max-file')
    return '"log-opts.max-file" cannot be set here: it is the variable logMaxFiles'
  const known = DRIVERS[driver]
  if (known === undefined || known.includes(name) || COMMON.includes(name)) return undefined
  return `"log-opts.${name}" is not an option of the log driver ${driver}, and dockerd would not start${didYouMean(name, [...known, ...COMMON])}`
}

function wrongValue(name: string, value: unknown): string | undefined {
  const known = KNOWN.get(name)
  const kind = known === undefined ? undefined : KINDS[known]
  if (kind === undefined)
    return `"${name}" is not a setting of dockerd, which would not start${didYouMean(name, KNOWN.keys())}`
  const [fits, wanted] = kind
  return fits(value) ? undefined : `"${name}" ${wanted}`
}

/** Mistakes in the settings with which dockerd would not start. Pure. */
export function wrong(settings: Settings): readonly string[] {
  const values = [
    ...Object.entries(settings).flatMap(([name, value]) => wrongValue(name, value) ?? []),
    ...wrongNetworks(settings),
    ...wrongServers(settings),
  ]
  const driver = driverOf(settings)
  const meant = Object.hasOwn(DRIVERS, driver) ? '' : didYouMean(driver, Object.keys(DRIVERS))
  // without a known driver, its options cannot be checked
  if (meant !== '') return [...values, `"log-driver": there is no driver "${driver}"${meant}`]
  const options = Object.entries(isObject(settings['log-opts']) ? settings['log-opts'] : {})
  return [...values, ...options.flatMap(([name, value]) => wrongOption(driver, name, value) ?? [])]
}

/** The content of daemon.json. Only drivers that keep logs in files can rotate them. */
export function daemon({ logMaxSize, logMaxFiles, settings }: Logs): Settings {
  const rotation = ROTATED.includes(driverOf(settings))
    ? { 'max-size': logMaxSize, 'max-file': String(logMaxFiles) }
    : {}
  const options = { ...rotation, ...(isObject(settings['log-opts']) ? settings['log-opts'] : {}) }
  return {
    'live-restore': false,
    'log-driver': driverOf(settings),
    ...(Object.keys(options).length === 0 ? {} : { 'log-opts': options }),
    ...Object.fromEntries(Object.entries(settings).filter(([name]) => name !== 'log-driver' && name !== 'log-opts')),
  }
}
