import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { object } from '../../lib/json.ts'
import { makeFolders } from '../../lib/kept/folders.ts'
import { cacheFolder } from '../../lib/kept/home.ts'
import type { Facts } from '../../model/facts.ts'
import type { InventoryHost } from '../../model/host.ts'
import { type Script, shFile } from '../../shell/script.ts'

/** Reads a host's facts: `name<TAB>value` lines. */
export const factsProbe: Script = shFile(import.meta.url, './facts.sh')

const ARCH: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'armhf',
  ppc64le: 'ppc64el',
  riscv64: 'riscv64',
  s390x: 's390x',
}

/** Parses the facts in a probe's lines, and the host's clock (seconds since 1970). @throws Error if one is missing. */
export function parseFacts(lines: readonly string[]): { facts: Facts; clock: number } {
  const read = new Map(lines.map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)]))
  const get = (name: string): string => {
    const value = read.get(name)
    if (value === undefined) throw new Error(`the host did not say its ${name}`)
    return value
  }
  const facts: Facts = {
    os: get('os'),
    release: get('release'),
    codename: get('codename'),
    arch: ARCH[get('arch')] ?? get('arch'),
    cpus: Number(get('cpus')),
    memory: Number(get('memory')) * 1024,
    addresses: get('addresses').split(' ').filter(Boolean).sort(),
    cgroup: get('cgroup') === '2' ? 2 : 1,
    systemd: get('systemd') === '1',
    hostname: get('hostname'),
  }
  return { facts, clock: Number(get('clock')) }
}

/**
 * A run refuses a host whose clock is off by more than this many seconds: ZooKeeper, Consul and TLS break long before.
 */
export const CLOCK_LIMIT = 30

const SAMPLE: Facts = {
  os: '',
  release: '',
  codename: '',
  arch: '',
  cpus: 1,
  memory: 1,
  addresses: [],
  cgroup: 2,
  systemd: true,
  hostname: '',
}

/** Does the value hold all facts that this version knows, each of its type? */
const isFacts = (value: unknown): value is Facts =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(SAMPLE).every(([name, sample]) => {
    const fact = object(value)[name]
    return typeof fact === typeof sample && Array.isArray(fact) === Array.isArray(sample)
  })

/** Keeps facts between runs, so that a no-op needs only one exec. */
export interface FactsCache {
  get(host: InventoryHost): Promise<Facts | undefined>
  set(host: InventoryHost, facts: Facts): Promise<void>
}

/**
 * Facts in files, one per host, under `$XDG_CACHE_HOME/provision/facts` (or `dir`). An unreadable file counts as
 * missing.
 */
export function factsCache(dir = join(cacheFolder(), 'facts')): FactsCache {
  const file = (host: InventoryHost) => {
    const key = createHash('sha256')
      .update(`${host.name}\n${host.address}\n${host.ssh.port ?? 22}`)
      .digest('hex')
      .slice(0, 16)
    return join(dir, `${host.name}-${key}.json`)
  }
  return {
    async get(host) {
      try {
        const read: unknown = JSON.parse(await readFile(file(host), 'utf8'))
        return isFacts(read) ? read : undefined
      } catch {
        return undefined
      }
    },
    async set(host, facts) {
      const path = file(host)
      try {
        makeFolders(dirname(path), 0o700)
        await writeFile(`${path}.${process.pid}`, JSON.stringify(facts))
        await rename(`${path}.${process.pid}`, path)
      } catch {
        // without a writable cache, the next run only needs one more exec
      }
    },
  }
}
