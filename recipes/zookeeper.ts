import { isIPv6 } from 'node:net'
import * as v from 'valibot'
import {
  archive,
  type Cluster,
  defineRecipe,
  directory,
  file,
  type Health,
  type Host,
  type InventoryHost,
  type Mistake,
  type Net,
  pkg,
  type Refusal,
  type Resource,
  render,
  type Step,
  service,
  systemdUnit,
  template,
  user,
  type ZooKeeperState,
  zookeeperState,
} from '../src/index.ts'

/** The port that clients and health checks use. */
const CLIENT_PORT = 2181
const CONFIG = '/etc/zookeeper/zoo.cfg'
/** Where a release from a tarball is linked. */
const RELEASE = '/opt/zookeeper'

const whole = (least: number, most: number, text: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), v.description(text))
const path = (text: string) =>
  v.pipe(v.string(), v.regex(/^(\/[\w.-]+)+$/, 'an absolute path of letters, digits, "_", "." and "-"'), v.description(text))

/** ZooKeeper's administrator's guide: https://zookeeper.apache.org/doc/current/zookeeperAdmin.html. "Its default" below is what that says. */
const attributes = v.strictObject({
  id: whole(
    1,
    255,
    'The number of this member: its identity in every vote and log. Given by hand, once, and never changed or used again for another host.',
  ),
  source: v.optional(
    v.pipe(
      v.union([
        v.literal('debian'),
        v.strictObject({
          tarball: v.pipe(
            v.string(),
            v.description('URL, or path of a local file: apache-zookeeper-VERSION-bin.tar.gz as Apache publishes it.'),
          ),
          sha512: v.pipe(
            v.string(),
            v.regex(/(^|\s)[0-9a-fA-F]{128}(\s|$)/, 'a sum of 128 hexadecimal digits'),
            v.description('Its sum: the line of the .sha512 file beside it.'),
          ),
          version: v.pipe(
            v.string(),
            v.regex(/^\d+\.\d+\.\d+[\w.-]*$/, 'a version like 3.9.5'),
            v.description('Its version: names the directory under /opt.'),
          ),
        }),
      ]),
      v.description("Where ZooKeeper comes from: Debian's or Ubuntu's libzookeeper-java (the default), or Apache's tarball."),
    ),
    'debian',
  ),
  packageVersion: v.optional(
    v.pipe(v.string(), v.description('Version of libzookeeper-java, as apt writes it. Default: whatever is installed, else the newest.')),
  ),
  dataDir: v.optional(path("Snapshots and myid. Default: Debian's."), '/var/lib/zookeeper'),
  dataLogDir: v.optional(
    path(
      'Transaction logs; a disk of its own makes writes faster. Apart from dataDir from the first day, because moving it later is work.',
    ),
    '/var/lib/zookeeper-log',
  ),
  heapMb: v.optional(
    whole(64, 65536, "Java heap in MiB. Default: that of Apache's zkServer.sh. At most three quarters of the memory."),
    1000,
  ),
  jvmFlags: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^-[\w.:=+,/-]+$/, 'a flag like -Dname=value, without spaces'))),
      v.description('More flags for Java. Default: none.'),
    ),
    [],
  ),
  tickTime: v.optional(whole(100, 60000, "Milliseconds; the unit of the limits below. As in the guide's sample."), 2000),
  initLimit: v.optional(
    whole(1, 1000, "Ticks that a follower may take to join. As in the guide's sample; more where the data is large."),
    10,
  ),
  syncLimit: v.optional(whole(1, 1000, "Ticks that a follower may lag. As in the guide's sample."), 5),
  maxClientCnxns: v.optional(
    whole(
      0,
      100000,
      'Connections from one address; 0 is no limit. Its default of 60 is soon reached by Mesos and Marathon behind one address.',
    ),
    0,
  ),
  purge: v.optional(
    v.strictObject({
      keep: v.optional(whole(3, 1000, 'Snapshots to keep. Its default and least is 3.'), 5),
      hours: v.optional(whole(0, 1000, 'Hours between two purges. Its default of 0 never purges, until the disk is full.'), 1),
    }),
    {},
  ),
  fourLetterWords: v.optional(
    v.pipe(
      v.array(v.picklist(['conf', 'cons', 'dirs', 'envi', 'isro', 'ruok', 'stat', 'wchs', 'hash'])),
      v.description('Words answered beside srvr and mntr, which the health check needs.'),
    ),
    ['ruok', 'isro', 'conf', 'stat'],
  ),
  standaloneEnabled: v.optional(
    v.pipe(v.boolean(), v.description('Its default is true; false lets an ensemble of one grow without another code path.')),
    false,
  ),
  settings: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[\w.]+$/, 'a name of zoo.cfg')),
        v.union([v.pipe(v.string(), v.regex(/^[^\r\n]*$/, 'one line of text')), v.number(), v.boolean()]),
      ),
      v.description('More lines for zoo.cfg, in this order. Default: none.'),
    ),
    {},
  ),
  allowEven: v.optional(
    v.pipe(v.boolean(), v.description('Accept an even number of members: while an ensemble grows or shrinks, one member at a time.')),
    false,
  ),
})

type Attributes = v.InferOutput<typeof attributes>

/** What the inventory says of a member; unvalidated, because `check` runs on hosts that may have mistakes. */
const vars = (host: InventoryHost): Partial<Attributes> => (host.vars.zookeeper ?? {}) as Partial<Attributes>

const members = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('zookeeper')

/** Sorted by id, so that every host gets the same bytes. */
const memberLines = (cluster: Cluster) =>
  members(cluster)
    .map((host) => ({
      id: vars(host).id as number,
      address: isIPv6(host.privateAddress) ? `[${host.privateAddress}]` : host.privateAddress,
    }))
    .sort((a, b) => a.id - b.id)

/** How the unit runs Java. One class path a source, and no wrapper script: then the unit's text is all that a restart depends on. */
const java = (attrs: Attributes) => ({
  flags: [
    `-Xmx${attrs.heapMb}m`,
    '-XX:+ExitOnOutOfMemoryError',
    // Debian's jar names its own dependencies; slf4j-simple writes to the journal. Apache's brings logback and its configuration.
    ...(attrs.source === 'debian' ? ['-Dorg.slf4j.simpleLogger.showThreadName=false'] : []),
    ...attrs.jvmFlags,
  ],
  classPath:
    attrs.source === 'debian' ? '/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar' : `${RELEASE}/conf:${RELEASE}/lib/*`,
})

/** A URL is fetched by the host, a file is sent from this machine. */
const place = (tarball: string): string | { readonly file: string } => (/^https?:/.test(tarball) ? tarball : { file: tarball })

function resources(_host: unknown, cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const owner = { owner: 'zookeeper', group: 'zookeeper' }
  const release: readonly Resource[] =
    attrs.source === 'debian'
      ? // Not the package "zookeeper": that brings a desktop's Java, and a myid that is a link into /etc.
        [pkg('libzookeeper-java', { held: true, ...(attrs.packageVersion === undefined ? {} : { version: attrs.packageVersion }) })]
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
  const unit = systemdUnit('zookeeper.service', { content: render('zookeeper/zookeeper.service.ejs', java(attrs)) })
  return [
    pkg('default-jre-headless', {}),
    ...release,
    user('zookeeper', { system: true, home: attrs.dataDir, shell: '/usr/sbin/nologin' }),
    directory(attrs.dataDir, { ...owner, mode: '0750' }),
    directory(attrs.dataLogDir, { ...owner, mode: '0750' }),
    directory('/etc/zookeeper', {}),
    config,
    myid,
    unit,
    // Java itself is no reason: a security update of the JRE restarts nothing, and comes with the next restart.
    service('zookeeper', { restartOn: [...release, config, myid, unit] }),
  ]
}

/** Duplicate numbers and ensembles of an even size. A missing or wrong number is the schema's business. */
function check(cluster: Cluster): readonly Mistake[] {
  const hosts = members(cluster)
  const seen = new Map<number, string>()
  const mistakes: Mistake[] = []
  for (const host of hosts) {
    const { id } = vars(host)
    if (id === undefined) continue
    const other = seen.get(id)
    if (other !== undefined)
      mistakes.push({
        path: `hosts.${host.name}.vars.zookeeper.id`,
        message: `${id} is the number of ${other}, too; every member needs its own`,
      })
    else seen.set(id, host.name)
  }
  const [first] = hosts
  if (first !== undefined && hosts.length % 2 === 0 && !hosts.every((host) => vars(host).allowEven === true)) {
    mistakes.push({
      path: 'hosts',
      message: `${hosts.length} hosts run zookeeper: an even number stands no more failures than ${hosts.length - 1} would. Use ${hosts.length - 1} or ${hosts.length + 1}, or set vars.zookeeper.allowEven while the ensemble grows one by one`,
    })
  }
  return mistakes
}

/** Ids whose member is added, removed or moved by a diff of zoo.cfg. */
export function changedMembers(diff: string): readonly number[] {
  const lines = (sign: string): ReadonlyMap<number, string> =>
    new Map(
      [...diff.matchAll(/^([-+])server\.(\d+)=([^;\n]*)/gm)]
        .filter((m) => m[1] === sign)
        .map((m) => [Number(m[2]), (m[3] as string).trim()]),
    )
  const [before, after] = [lines('-'), lines('+')]
  return [...new Set([...before.keys(), ...after.keys()])].filter((id) => before.get(id) !== after.get(id)).sort((a, b) => a - b)
}

/** Settings that a diff of zoo.cfg changes from one value to another. */
const changedPaths = (diff: string): readonly string[] =>
  ['dataDir', 'dataLogDir'].filter((name) => new RegExp(`^-${name}=`, 'm').test(diff) && new RegExp(`^\\+${name}=`, 'm').test(diff))

/** Is any member of the ensemble serving, seen from this host? */
async function serves(cluster: Cluster, net: Net): Promise<boolean> {
  const states = await Promise.allSettled(members(cluster).map((host) => stateOf(host, net)))
  return states.some((s) => s.status === 'fulfilled' && s.value.server !== undefined)
}

const stateOf = (host: InventoryHost, net: Net): Promise<ZooKeeperState> => zookeeperState(() => net.dial(host.privateAddress, CLIENT_PORT))

async function refuse(host: Host, cluster: Cluster, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = []
  const diff = steps
    .filter((s) => s.name === CONFIG)
    .flatMap((s) => s.changes.map((c) => c.diff ?? ''))
    .join('\n')
  const changed = changedMembers(diff)
  if (changed.length > 1 && (await serves(cluster, net))) {
    refusals.push({
      refusal: 'zookeeper-membership',
      reason: `Members ${changed.join(' and ')} would change at once while the ensemble runs: new and old ones could form two majorities.`,
      remedy: 'Add, remove or move one member, apply, then the next; vars.zookeeper.allowEven accepts the even sizes between.',
      changes: [],
    })
  }
  for (const name of changedPaths(diff)) {
    refusals.push({
      refusal: 'zookeeper-data',
      reason: `${name} would change, and the member would start without its data.`,
      remedy: 'Stop it, move the data (version-2, myid) to the new place, and allow this.',
      changes: [],
    })
  }
  const { heapMb = 0 } = (host.vars.zookeeper ?? {}) as Partial<Attributes>
  const most = Math.floor((host.facts.memory * 0.75) / 1024 / 1024)
  if (heapMb > most) {
    refusals.push({
      refusal: 'zookeeper-heap',
      reason: `A heap of ${heapMb} MiB is more than three quarters of the host's memory: it would swap, and sessions would be lost.`,
      remedy: `Set vars.zookeeper.heapMb to ${most} or less.`,
      changes: [],
    })
  }
  return refusals
}

/**
 * A member is well when it follows or leads. A leader's followers are counted but do not make it red: each missing one is red itself, and
 * a leader that looked down would be the first to be restarted.
 */
async function health(host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  const { server, followers } = await stateOf(host, net)
  const alone = members(cluster).length === 1
  if (server === undefined) return { green: false, says: 'up, but in no quorum' }
  if (server.mode === 'standalone') {
    return alone
      ? { green: true, says: 'standalone', leads: true }
      : { green: false, says: 'standalone: it knows nothing of the other members' }
  }
  if (followers === undefined) return { green: true, says: server.mode }
  const { synced, wanted } = followers
  return {
    green: synced >= wanted / 2,
    says: wanted === 0 ? 'leader, alone' : `leader, ${synced} of ${wanted} followers in sync`,
    leads: true,
  }
}

/** A ZooKeeper ensemble from Debian's package or Apache's tarball, with its own unit. */
export const zookeeper = defineRecipe({
  name: 'zookeeper',
  attributes,
  resources,
  check,
  refuse,
  health,
  rolling: { services: ['zookeeper.service'] },
})
