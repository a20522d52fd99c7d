import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Sandbox, SandboxHost } from '../../src/sandbox/index.ts'
import { locked } from '../../src/sandbox/lock.ts'
import { paths, type Release, stateDir } from '../../src/sandbox/state.ts'

/** A layer of hosts: packages that are preinstalled but not configured. */
interface Layer {
  /** The layer below; none: the release itself. */
  readonly on?: LayerName
  /** Default 12. */
  readonly release?: Release
  /** sh that builds it. */
  readonly make: string
}

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
} satisfies Record<string, Layer>

/** The name of a layer. */
export type LayerName = 'zookeeper-12' | 'standins-12' | 'balancer-12' | `docker-${Release}` | `tools-${Release}`

/** All of them, each after the layer below it. */
export const LAYER_NAMES = Object.keys(LAYERS) as readonly LayerName[]

/**
 * Makes sure that a layer exists: it is baked once, then kept with the sandbox's images. Concurrent callers, in one
 * process or several, bake it once.
 */
export async function ensureLayer(box: Sandbox, name: LayerName): Promise<void> {
  const { on, release = '12', make }: Layer = LAYERS[name]
  if (on !== undefined) await ensureLayer(box, on)
  await locked(join(paths(stateDir()).locks, `layer-${name}`), async () => {
    if (box.hasLayer(name)) return
    const seed = `seed-${name}`
    const [host] = (await box.up([{ name: seed, ...(on === undefined ? { release } : { layer: on }) }])) as [
      SandboxHost,
    ]
    const { code, stdout, stderr } = await host.sh(make)
    assert.equal(code, 0, `${name}: ${stderr}\n${stdout}`)
    await box.bake(seed, name)
  })
}
