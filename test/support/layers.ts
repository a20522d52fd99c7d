import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { imageOf } from '../../src/sandbox/image/image.ts'
import type { HostOptions, Sandbox, SandboxHost } from '../../src/sandbox/index.ts'
import { locked } from '../../src/sandbox/lock.ts'
import { readMounts } from '../../src/sandbox/mounts.ts'
import { foldersIn, paths, type Release, stateDir } from '../../src/sandbox/state.ts'

/** A layer of hosts: packages that are preinstalled but not configured. */
export interface Layer {
  /** The layer below; none: the release itself. */
  readonly on?: string
  /** Default 12. */
  readonly release?: Release
  /** sh that builds it. */
  readonly make: string
}

/** Layers by their names. */
export type Layers = Readonly<Record<string, Layer>>

const install = (packages: string): string =>
  `export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y install --no-install-recommends ${packages}`

/** Docker with a registry; neither starts at boot. */
const DOCKER = `${install('docker.io curl docker-registry busybox-static $(apt-cache pkgnames docker-cli)')} &&
  systemctl disable --now docker.service docker.socket containerd.service docker-registry && rm -rf /var/lib/docker/*`
/** What files, file systems, firewalls, logins and repositories of the resource types need. */
const TOOLS = install('cron curl git locales e2fsprogs xfsprogs fdisk nftables zsh fish tcsh')
const ZOOKEEPER = `${install('default-jre-headless libzookeeper-java chrony unzip')} && systemctl disable --now chrony`

const LAYERS = {
  /** ZooKeeper's dependencies. */
  'zookeeper-12': { make: ZOOKEEPER },
  /** Adds the dependencies of Docker and the stand-ins; Docker does not start at boot. */
  'standins-12': {
    on: 'zookeeper-12',
    make: `${install('docker.io nodejs libapr1 curl busybox-static iptables')} &&
      systemctl disable --now docker.service docker.socket containerd.service && rm -rf /var/lib/docker/*`,
  },
  /** Adds HAProxy: a slave that balances. */
  'balancer-12': { on: 'standins-12', make: `${install('haproxy')} && systemctl disable --now haproxy` },
  'docker-12': { make: DOCKER },
  'docker-13': { release: '13', make: DOCKER },
  'tools-12': { make: TOOLS },
  'tools-13': { release: '13', make: TOOLS },
} satisfies Layers

/** The name of a layer. */
export type LayerName = 'zookeeper-12' | 'standins-12' | 'balancer-12' | `docker-${Release}` | `tools-${Release}`

/** All of them, each after the layer below it. */
export const LAYER_NAMES = Object.keys(LAYERS) as readonly LayerName[]

const isLayer = (name: string | undefined): name is LayerName => name !== undefined && Object.hasOwn(LAYERS, name)

/** The release of a layer. */
export const releaseOf = (name: string, layers: Layers = LAYERS): Release => {
  const { on, release = '12' } = layers[name] as Layer
  return on === undefined ? release : releaseOf(on, layers)
}

/**
 * The name under which a layer is kept: with a digest of everything it is made of, down to the image, so that what has
 * changed is baked again.
 */
export function keptAs(name: string, layers: Layers = LAYERS, image: (release: Release) => string = imageOf): string {
  const { on, make } = layers[name] as Layer
  const made = [on === undefined ? image(releaseOf(name, layers)) : keptAs(on, layers, image), make]
  return `${name}-${createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 8)}`
}

/** Has this machine a layer, as it would be baked now? */
export const isBaked = (box: Sandbox, name: LayerName): boolean => box.hasLayer(keptAs(name))

/** An unused layer is removed after so many milliseconds: checkouts of several versions may share a machine. */
const KEPT = 7 * 24 * 3600 * 1000

/** Removes from a folder what a layer was earlier, if nobody has used it for a while. */
export function pruneLayer(folder: string, name: string, now: string, mounts: string): void {
  const old = new RegExp(`^${name}(-[0-9a-f]{8})?$`)
  for (const each of foldersIn(folder).filter((each) => old.test(each) && each !== now)) {
    const path = join(folder, each)
    if (mounts.includes(`${path}/`) || Date.now() - statSync(path).mtimeMs < KEPT) continue
    rmSync(path, { recursive: true, force: true })
  }
}

/**
 * Makes sure that a layer exists: it is baked once, then kept with the sandbox's images. Concurrent callers, in one
 * process or several, bake it once. Returns the name under which it is kept.
 */
export async function ensureLayer(box: Sandbox, name: LayerName): Promise<string> {
  const { on, make }: Layer = LAYERS[name]
  const below = isLayer(on) ? { layer: await ensureLayer(box, on) } : { release: releaseOf(name) }
  const kept = keptAs(name)
  const { layers, locks } = paths(stateDir())
  await locked(join(locks, `layer-${name}`), async () => {
    if (!box.hasLayer(kept)) {
      const seed = `seed-${name}`
      const [host] = (await box.up([{ name: seed, ...below }])) as [SandboxHost]
      const { code, stdout, stderr } = await host.sh(make)
      assert.equal(code, 0, `${name}: ${stderr}\n${stdout}`)
      await box.bake(seed, kept)
      pruneLayer(layers, name, kept, readMounts())
    }
    utimesSync(join(layers, kept), new Date(), new Date())
  })
  return kept
}

/** The same sandbox, whose hosts may be on one of these layers by its name; it is baked if necessary. */
export const onLayers = (box: Sandbox): Sandbox => ({
  ...box,
  up: async (hosts) => {
    const laid: HostOptions[] = []
    for (const { layer, ...host } of hosts)
      laid.push({
        ...host,
        ...(layer !== undefined && { layer: isLayer(layer) ? await ensureLayer(box, layer) : layer }),
      })
    return box.up(laid)
  },
})
