import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname, join } from 'node:path'
import { cgroupOf, dropCgroups, inCgroups, isPopulated, killCgroup, makeCgroup, pruneCgroups } from '../cgroup.ts'
import { attempt, launch, run, SandboxError, until } from '../exec.ts'
import { locked, MACHINE_LOCK } from '../lock.ts'
import { cacheAddress } from '../network/network.ts'
import { foldersIn, paths, readRecord, writeRecord } from '../state.ts'

/** Not apt-cacher-ng's own 3142, which a daemon started by its package may occupy on every address. */
const PORT = 7742
const USER = 'apt-cacher-ng'

interface CacheRecord {
  /** On `lo`, so that hosts on every bridge can reach it, and no other network can. */
  readonly address: string
}

/** Returns true if something accepts TCP connections there. */
const accepts = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: address, port: PORT, timeout: 10_000 })
    const end = (is: boolean) => () => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })

/** apt-cacher-ng's configuration, without Remap lines (they answer 503 without its lists of mirrors). */
const configuration = (dir: string, address: string, proxy: string): string =>
  [
    `CacheDir: ${dir}/packages`,
    `LogDir: ${dir}/log`,
    'SupportDir: /usr/lib/apt-cacher-ng',
    `BindAddress: ${address}`,
    `Port: ${PORT}`,
    'AllowUserPorts: 0',
    'ExThreshold: 4',
    ...(proxy ? [`Proxy: ${proxy}`] : []),
    '',
  ].join('\n')

/** The cgroup of a state folder's cache: one cache per state folder, identified by its address. */
const cgroup = (address: string): string => `cache/${address}`

const addresses = async (): Promise<Set<string>> =>
  new Set(
    [...(await run('ip', ['-o', '-4', 'addr', 'show', 'dev', 'lo'])).matchAll(/ inet ([\d.]+)\//g)].map(
      (found) => found[1] ?? '',
    ),
  )

const clear = async (address: string): Promise<void> => {
  const dir = cgroupOf(cgroup(address))
  await killCgroup(dir)
  pruneCgroups([dir])
  dropCgroups([dirname(dir)])
  await attempt('ip', ['addr', 'del', `${address}/32`, 'dev', 'lo'])
}

const start = async (dir: string): Promise<string> => {
  const address = await locked(MACHINE_LOCK, async () => {
    const taken = await addresses()
    let n = 1
    while (taken.has(cacheAddress(n))) n++
    await run('ip', ['addr', 'add', `${cacheAddress(n)}/32`, 'dev', 'lo'])
    writeRecord(join(dir, 'cache.json'), { address: cacheAddress(n) } satisfies CacheRecord)
    return cacheAddress(n)
  })
  const conf = join(dir, 'conf')
  for (const folder of [conf, join(dir, 'packages'), join(dir, 'log')]) mkdirSync(folder, { recursive: true })
  const proxy = (await run('apt-config', ['shell', 'P', 'Acquire::http::Proxy'])).replace(/^P='(.*)'\s*$/s, '$1')
  writeFileSync(join(conf, 'acng.conf'), configuration(dir, address, proxy))
  await run('chown', [`${USER}:`, join(dir, 'packages'), join(dir, 'log')])
  const become = [
    'setpriv',
    '--reuid',
    USER,
    '--regid',
    USER,
    '--clear-groups',
    'apt-cacher-ng',
    '-c',
    conf,
    'ForeGround=1',
  ]
  launch(inCgroups([makeCgroup(cgroup(address))], become), join(dir, 'out.log'))
  if (await until(() => accepts(address))) return address
  await clear(address)
  const words = readFileSync(join(dir, 'out.log'), 'utf8').trim().split('\n').slice(-3).join(' | ')
  throw new SandboxError(`apt-cacher-ng (which runs as user ${USER} and needs to reach ${dir}) did not start: ${words}`)
}

/** Starts the state folder's package cache if it does not run, and returns the URL for apt's proxy setting. */
export const ensureCache = async (state: string): Promise<string> => {
  const { cache, locks } = paths(state)
  return locked(join(locks, 'cache'), async () => {
    const known = readRecord<CacheRecord>(join(cache, 'cache.json'))
    if (known && isPopulated(cgroupOf(cgroup(known.address))) && (await accepts(known.address)))
      return `http://${known.address}:${PORT}`
    if (known) await clear(known.address)
    return `http://${await start(cache)}:${PORT}`
  })
}

/** Ends the cache's process and removes its address if no sandbox needs it any more; keeps the downloads. */
export const stopCache = async (state: string): Promise<void> => {
  const { boxes, cache, locks } = paths(state)
  await locked(join(locks, 'cache'), async () => {
    // checked under the lock, because a sandbox makes its folder before it asks for the cache
    if (foldersIn(boxes).length > 0) return
    const file = join(cache, 'cache.json')
    const known = readRecord<CacheRecord>(file)
    if (known) await clear(known.address)
    rmSync(file, { force: true })
  })
}
