import { isIP } from 'node:net'

/** What `docker run` takes for an option, wherever it runs: a judge of the value, and its words. */
type Form = readonly [fits: (value: string) => boolean, wanted: string]

const form = (pattern: RegExp, wanted: string): Form => [(value) => pattern.test(value), wanted]
const within = (least: number, most: number): Form => [
  (value) => /^-?\d+$/.test(value) && Number(value) >= least && Number(value) <= most,
  `a whole number from ${least} to ${most}`,
]

const SIZE = form(/^\d+(\.\d+)*( ?[kmgtp])?i?b?$/i, 'a size like 64m')
const NUMBER = form(/^-?\d+$/, 'a whole number')
const TIME = form(/^(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/, 'a time with its unit, like 5s')
const CPUS = form(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, 'numbers of CPUs, like 0-3 or 0,2')
const ASSIGNED = form(/^[^=]/, 'NAME=VALUE')
const shared = (more: string): Form => form(new RegExp(`^(${more}host|container:.+)?$`), 'host, or container:NAME')

const LIMITS = `core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|rttime|sigpending|stack`
const LIMIT = new RegExp(`^(${LIMITS})=(-1|\\d+)(:(-1|\\d+))?$`)

function fitsLimit(value: string): boolean {
  const [, , soft = '', , hard] = LIMIT.exec(value) ?? []
  if (soft === '') return false
  return hard === undefined || hard === '-1' || (soft !== '-1' && Number(soft) <= Number(hard))
}

function fitsHost(value: string): boolean {
  const [, address = ''] = /^[^:=]+[:=](.+)$/.exec(value) ?? []
  return address === 'host-gateway' || isIP(address.replace(/^\[(.*)\]$/, '$1')) !== 0
}

const CAPABILITIES = `ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE
DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN
NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT
SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM`
const CAPABILITY: Form = [
  (value) => CAPABILITIES.split(/\s+/).includes(value.toUpperCase().replace(/^CAP_/, '')),
  'the name of a capability, like NET_ADMIN',
]

const MODES = /^(|ro|rw|z|Z|nocopy|consistent|cached|delegated|r?shared|r?slave|r?private)$/

const isPath = (path: string): boolean => /^\/./.test(path)
const isVolumeName = (name: string): boolean => /^[a-zA-Z0-9][\w.-]*$/.test(name)

function fitsVolume(value: string): boolean {
  const [from = '', to, modes = '', ...more] = value.split(':')
  if (to === undefined) return isPath(from)
  if (/^\/*$/.test(to) || more.length > 0 || !modes.split(',').every((each) => MODES.test(each))) return false
  return isVolumeName(from) || (isPath(from) && isPath(to))
}

const FORMS: Readonly<Record<string, Form>> = {
  'add-host': [fitsHost, 'NAME:ADDRESS'],
  'cap-add': CAPABILITY,
  'cap-drop': CAPABILITY,
  cgroupns: form(/^(host|private)?$/, 'host or private'),
  'cpu-period': NUMBER,
  'cpu-quota': NUMBER,
  'cpu-rt-period': NUMBER,
  'cpu-rt-runtime': NUMBER,
  cpus: form(/^\d+(\.\d+)?$|^\.\d+$/, 'a number like 0.5'),
  'cpuset-cpus': CPUS,
  'cpuset-mems': CPUS,
  dns: [(value) => isIP(value) !== 0, 'an IP address'],
  env: ASSIGNED,
  expose: form(/^\d+(-\d+)?(\/(tcp|udp|sctp))?$/, 'a port like 80 or 80/udp'),
  'health-interval': TIME,
  'health-retries': NUMBER,
  'health-start-interval': TIME,
  'health-start-period': TIME,
  'health-timeout': TIME,
  ipc: shared('none|private|shareable|'),
  'kernel-memory': SIZE,
  label: ASSIGNED,
  'memory-swap': form(/^(-1|\d+(\.\d+)*( ?[kmgtp])?i?b?)$/i, 'a size like 512m, or -1'),
  'memory-swappiness': within(-1, 100),
  'oom-score-adj': within(-1000, 1000),
  pid: shared(''),
  'pids-limit': NUMBER,
  'shm-size': SIZE,
  sysctl: form(/^[^=]+=./, 'NAME=VALUE'),
  tmpfs: form(/^\/[^:]/, 'a path, or a path and options, like /run:size=64m'),
  ulimit: [fitsLimit, 'NAME=SOFT:HARD, like nofile=1024:4096'],
  userns: form(/^(host)?$/, 'host'),
  uts: form(/^(host)?$/, 'host'),
  volume: [fitsVolume, 'FROM:TO or FROM:TO:ro, both of them whole paths, or FROM the name of a volume'],
  'volumes-from': form(/./, 'the name of a container'),
  workdir: form(/^\//, 'a whole path'),
}

/** What `docker run` wants for an option, where it would not take a value, on any host. */
export function wantedFor(option: string, value: string): string | undefined {
  const [fits, wanted] = (Object.hasOwn(FORMS, option) ? FORMS[option] : undefined) ?? []
  return fits === undefined || fits(value) ? undefined : wanted
}
