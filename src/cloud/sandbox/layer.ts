import { openSandbox, type Release, type Sandbox } from '../../sandbox/index.ts'
import { locked } from '../../sandbox/lock.ts'
import { paths, stateDir } from '../../sandbox/state.ts'
import { CloudError } from '../provider.ts'

/** Configured like clouds' images: their own default user, and a network that exists already. */
const CONFIG = `datasource_list: [NoCloud, None]
network: { config: disabled }
locale: C.UTF-8
system_info:
  distro: debian
  default_user: { name: admin, gecos: Admin, groups: [adm, sudo], sudo: ["ALL=(ALL) NOPASSWD:ALL"], shell: /bin/bash }
`

/** Increase it when the baked content changes. */
const REVISION = 1

const INSTALL = `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -q update >/dev/null
mkdir -p /etc/cloud/cloud.cfg.d
apt-get -q -y install --no-install-recommends cloud-init >/dev/null
cat >/etc/cloud/cloud.cfg.d/99_sandbox.cfg
apt-get clean
rm -rf /var/lib/apt/lists/* /var/lib/cloud/*`

/** The layer of hosts with cloud-init; each machine bakes it once. */
export async function cloudInitLayer(
  box: Sandbox,
  release: Release,
  progress: (text: string) => void,
): Promise<string> {
  const layer = `cloud-init-${release}-${REVISION}`
  if (box.hasLayer(layer)) return layer
  return locked(`${paths(stateDir()).locks}/${layer}`, async () => {
    if (box.hasLayer(layer)) return layer
    progress(`installing cloud-init into an image of Debian ${release}, about a minute, once`)
    const kitchen = await openSandbox({ name: `${layer}-kitchen`, onProgress: progress })
    try {
      const [host] = await kitchen.up([{ name: 'kitchen', release }])
      const { code, stderr } = (await host?.sh(INSTALL, CONFIG)) ?? { code: 1, stderr: '' }
      if (code !== 0)
        throw new CloudError('refused', `cloud-init could not be installed: ${stderr.trim().split('\n').at(-1)}`)
      await kitchen.bake('kitchen', layer)
    } finally {
      await kitchen.down()
    }
    return layer
  })
}
