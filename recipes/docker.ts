import {
  type Cluster,
  defineRecipe,
  directory,
  file,
  type Host,
  type InventoryHost,
  type Listens,
  pkg,
  type Resource,
  service,
  systemdUnit,
  template,
  timer,
} from '../src/index.ts'
import { runs, varsOf } from './common/host.ts'
import { onVolume, volumeMistakes } from './common/volume.ts'
import { type Attributes, attributes } from './docker/attributes.ts'
import { health } from './docker/health.ts'
import { imageOf } from './docker/images.ts'
import { networkMistakes } from './docker/networks.ts'
import { logins, refuseAuthorities } from './docker/registries.ts'
import { daemon, RELOADED } from './docker/settings.ts'
import { holdsDeployments } from './marathon/deployments.ts'
import { bringBack, takeOut } from './mesos-agent/drain.ts'
import { foresees } from './mesos-agent/farewell.ts'

const PRUNE = '/usr/local/lib/provision/docker-prune'

/** In Debian 13 and later, the client is a separate package that the engine only recommends. */
const packagesOf = ({ facts: { os, release } }: Host): readonly string[] =>
  os === 'debian' && Number.parseInt(release, 10) >= 13 ? ['docker.io', 'docker-cli'] : ['docker.io']

function resources(host: Host, _cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const [engine = 'docker.io', ...more] = attrs.packages ?? packagesOf(host)
  const release = pkg(engine, { held: true, ...(attrs.version === undefined ? {} : { version: attrs.version }) })
  const config = file('/etc/docker/daemon.json', {
    content: `${JSON.stringify(daemon(attrs), undefined, 2)}\n`,
    reloadable: RELOADED,
  })
  return [
    ...onDisk(host, attrs),
    // before the package, which starts the daemon, so that its first start uses this configuration
    directory('/etc/docker', {}),
    config,
    release,
    ...more.map((name) => pkg(name, { held: true })),
    service('docker', { restartOn: [release, config] }),
    ...logins(host),
    ...attrs.images.map(({ name, ...from }) => imageOf(name, from)),
    ...pruning(attrs),
  ]
}

/** Docker's data on its own disk: the daemon does not start without the disk. */
function onDisk(host: Host, { volume, settings }: Attributes): readonly Resource[] {
  if (volume === undefined) return []
  const path = typeof settings['data-root'] === 'string' ? settings['data-root'] : '/var/lib/docker'
  return [
    ...onVolume(host, { volume, path, label: 'docker' }),
    systemdUnit('docker.service.d/volume.conf', { content: `[Unit]\nRequiresMountsFor=${path}\n` }),
  ]
}

function pruning({ prune, pruneAfterHours, images }: Attributes): readonly Resource[] {
  if (!prune) return [timer('docker-prune', { ensure: 'absent' }), file(PRUNE, { ensure: 'absent' })]
  return [
    directory('/usr/local/lib/provision', {}),
    template(PRUNE, {
      from: 'docker/prune.ejs',
      vars: { hours: pruneAfterHours, keep: images.map(({ name }) => name) },
      mode: '0755',
    }),
    timer('docker-prune', {
      description: 'Remove containers and images that are of no use',
      onCalendar: '*-*-* 04:00:00',
      randomizedDelay: 3600,
      persistent: false,
      command: [PRUNE],
    }),
  ]
}

/** The address of the engine's metrics, if the settings enable them. */
function listens(host: InventoryHost): readonly Listens[] {
  const said = varsOf<Partial<Attributes>>(host, 'docker').settings?.['metrics-addr']
  const [, address = '', port = ''] = typeof said === 'string' ? (/^\[?(.*?)\]?:(\d+)$/.exec(said) ?? []) : []
  if (port === '') return []
  return [{ port: Number(port), ...(/[.:]/.test(address) ? { address } : {}), variable: 'settings.metrics-addr' }]
}

/** Docker's engine from Debian or Ubuntu, with its own unit. */
export const docker = defineRecipe({
  name: 'docker',
  unit: 'docker.service',
  timers: ['docker-prune'],
  attributes,
  resources,
  check: (cluster) => [...networkMistakes(cluster), ...volumeMistakes(cluster, 'docker', ['volume'])],
  listens,
  refuse: (host, _cluster, steps) => refuseAuthorities(host, steps, Date.now() / 1000),
  health,
  rolling: {
    services: ['docker.service'],
    facesClients: true,
    unavailable: (hosts) => Math.max(1, Math.floor(hosts / 10)),
    holds: async (turn) => (runs(turn.cluster, turn.host, 'marathon') ? holdsDeployments(turn) : undefined),
    // on a host that runs tasks, they move to others before Docker is interrupted, which would kill them
    drains: (host, cluster) => runs(cluster, host, 'mesos-agent'),
    before: (turn) => takeOut(turn),
    foresees,
    after: (turn) => bringBack(turn),
  },
})
