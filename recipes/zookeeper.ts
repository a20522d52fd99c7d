import {
  archive,
  type Cluster,
  defineRecipe,
  directory,
  file,
  type Host,
  PORTS,
  pkg,
  type Resource,
  render,
  service,
  systemdUnit,
  template,
  user,
} from '../src/index.ts'
import { type OnVolume, onVolume, volumeMistakes } from './common/volume.ts'
import { holdsDeployments } from './marathon/deployments.ts'
import { type Attributes, attributes } from './zookeeper/attributes.ts'
import { BACKUP_TIMER, backups } from './zookeeper/backup.ts'
import { check, health, memberLines } from './zookeeper/ensemble.ts'
import { CONFIG, listens, now, RELEASE, refuse } from './zookeeper/refuse.ts'
import { strangers } from './zookeeper/strangers.ts'
import { yields } from './zookeeper/yields.ts'

/**
 * How the unit runs Java. Each source has its own class path, and there is no wrapper script: a restart depends only on
 * the unit's text.
 */
const java = (attrs: Attributes) => ({
  flags: [
    `-Xmx${attrs.heapMb}m`,
    '-XX:+ExitOnOutOfMemoryError',
    // Debian's jar names its own dependencies; slf4j-simple logs to the journal. Apache's brings logback and its
    // configuration.
    ...(attrs.source === 'debian' ? ['-Dorg.slf4j.simpleLogger.showThreadName=false'] : []),
    ...attrs.jvmFlags,
  ],
  classPath:
    attrs.source === 'debian'
      ? '/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar'
      : `${RELEASE}/conf:${RELEASE}/lib/*`,
})

/** The directories that may have disks of their own. */
const disksOf = ({ dataDir, dataLogDir, volume, logVolume }: Attributes): readonly OnVolume[] => [
  { volume, path: dataDir, label: 'zookeeper' },
  { volume: logVolume, path: dataLogDir, label: 'zookeeper-log' },
]

/** The host fetches a URL; this machine sends a file. */
const place = (tarball: string): string | { readonly file: string } =>
  /^https?:/.test(tarball) ? tarball : { file: tarball }

function resources(host: Host, cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const owner = { owner: 'zookeeper', group: 'zookeeper' }
  const release: readonly Resource[] =
    attrs.source === 'debian'
      ? // Not the package "zookeeper": that brings a desktop's Java, and a myid that is a link into /etc.
        [
          pkg('libzookeeper-java', {
            held: true,
            ...(attrs.packageVersion === undefined ? {} : { version: attrs.packageVersion }),
          }),
        ]
      : [
          archive(`${RELEASE}-${attrs.source.version}`, {
            source: place(attrs.source.tarball),
            sha512: attrs.source.sha512,
            strip: 1,
            link: RELEASE,
          }),
        ]
  const config = template(CONFIG, { from: 'zookeeper/zoo.cfg.ejs', vars: { ...attrs, members: memberLines(cluster) } })
  const myid = file(`${attrs.dataDir}/myid`, {
    content: `${attrs.id}\n`,
    ...owner,
    existing: 'refuse',
    refusal: {
      name: 'zookeeper-id',
      reason: `It says {is}, the inventory says ${attrs.id}: renumbering a member breaks its ensemble.`,
      remedy: 'Set vars.zookeeper.id to {is}, or give the host an empty data directory.',
    },
  })
  const disks = disksOf(attrs).filter(({ volume }) => volume !== undefined)
  const mounts = disks.map(({ path }) => path)
  const unit = systemdUnit('zookeeper.service', {
    content: render('zookeeper/zookeeper.service.ejs', { ...java(attrs), mounts }),
  })
  return [
    ...disks.flatMap((disk) => onVolume(host, disk)),
    pkg('default-jre-headless', {}),
    ...release,
    user('zookeeper', { system: true, home: attrs.dataDir, shell: '/usr/sbin/nologin' }),
    directory(attrs.dataDir, { ...owner, mode: '0750' }),
    directory(attrs.dataLogDir, { ...owner, mode: '0750' }),
    directory('/etc/zookeeper', {}),
    config,
    myid,
    unit,
    // An update of Java causes no restart: a security update of the JRE takes effect with the next one.
    service('zookeeper', { listens: PORTS.zookeeper, restartOn: [...release, config, myid, unit] }),
    ...backups(host, cluster, attrs.backup),
  ]
}

/** A ZooKeeper ensemble from Debian's package or Apache's tarball, with its own unit. */
export const zookeeper = defineRecipe({
  name: 'zookeeper',
  unit: 'zookeeper.service',
  timers: [BACKUP_TIMER],
  attributes,
  resources,
  check: (cluster) => [...check(cluster), ...volumeMistakes(cluster, 'zookeeper', ['volume', 'logVolume'])],
  listens,
  refuse,
  health,
  strangers,
  // a member that loses its ZooKeeper ends the leading Marathon
  rolling: { services: ['zookeeper.service'], holds: holdsDeployments },
  membership: { title: 'ZooKeeper', refusals: ['zookeeper-membership'], now, yields },
})
