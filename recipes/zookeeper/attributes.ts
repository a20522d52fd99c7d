import * as v from 'valibot'
import { path, whole } from '../common/attributes.ts'
import { forbidden, type Settings, settingsCheck } from '../common/settings.ts'

/** What `settings` must not say, and why. */
const OWN: Readonly<Record<string, string>> = {
  tickTime: 'is the variable tickTime',
  initLimit: 'is the variable initLimit',
  syncLimit: 'is the variable syncLimit',
  dataDir: 'is the variable dataDir',
  dataLogDir: 'is the variable dataLogDir',
  clientPort: 'is 2181, where all else looks for it',
  maxClientCnxns: 'is the variable maxClientCnxns',
  'autopurge.snapRetainCount': 'is the variable purge.keep',
  'autopurge.purgeInterval': 'is the variable purge.hours',
  '4lw.commands.whitelist': 'is the variable fourLetterWords',
  'admin.enableServer': "stays off: its port is Marathon's",
  standaloneEnabled: 'is the variable standaloneEnabled',
  dynamicConfigFile: 'would hide the members, which are the hosts of the inventory',
  server: 'is the hosts of the inventory',
}

/** As ZooKeeper reads names: with or without its own first word; those of all members are one. */
const bare = (settings: Settings): Settings =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name.replace(/^zookeeper\./, '').replace(/^server\.\d+$/, 'server'),
      value,
    ]),
  )

/**
 * The recipe's variables. ZooKeeper's administrator's guide:
 * https://zookeeper.apache.org/doc/current/zookeeperAdmin.html. "Its default" below is what that says.
 */
export const attributes = v.strictObject({
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
      v.description(
        "Where ZooKeeper comes from: Debian's or Ubuntu's libzookeeper-java (the default), or Apache's tarball.",
      ),
    ),
    'debian',
  ),
  packageVersion: v.optional(
    v.pipe(
      v.string(),
      v.description('Version of libzookeeper-java, as apt writes it. Default: whatever is installed, else the newest.'),
    ),
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
  tickTime: v.optional(
    whole(100, 60000, "Milliseconds; the unit of the limits below. As in the guide's sample."),
    2000,
  ),
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
    v.pipe(
      v.strictObject({
        keep: v.optional(whole(3, 1000, 'Snapshots to keep. Its default and least is 3.'), 5),
        hours: v.optional(
          whole(0, 1000, 'Hours between two purges. Its default of 0 never purges, until the disk is full.'),
          1,
        ),
      }),
      v.description('Old snapshots and logs are removed.'),
    ),
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
    v.pipe(
      v.boolean(),
      v.description('Its default is true; false lets an ensemble of one grow without another code path.'),
    ),
    false,
  ),
  settings: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[\w.]+$/, 'a name of zoo.cfg')),
        v.union([v.pipe(v.string(), v.regex(/^[^\r\n]*$/, 'one line of text')), v.number(), v.boolean()]),
      ),
      settingsCheck((settings) => forbidden(bare(settings), OWN)),
      v.description('More lines for zoo.cfg, in this order, for what no variable says. Default: none.'),
    ),
    {},
  ),
  allowEven: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Accept an even number of members: while an ensemble grows or shrinks, one member at a time.'),
    ),
    false,
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
