import * as v from 'valibot'
import { path, whole } from '../common/attributes.ts'
import { allowEven } from '../common/membership.ts'
import { forbidden, type Settings, settingsCheck } from '../common/settings.ts'
import { volume } from '../common/volume.ts'
import { backupAttribute } from './backup.ts'

/** Keys that `settings` must not contain, and why. */
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

/** Names as ZooKeeper reads them: without a leading `zookeeper.`, and with `server` for every `server.N`. */
const bare = (settings: Settings): Settings =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name.replace(/^zookeeper\./, '').replace(/^server\.\d+$/, 'server'),
      value,
    ]),
  )

/**
 * The recipe's variables. ZooKeeper's administrator's guide:
 * https://zookeeper.apache.org/doc/current/zookeeperAdmin.html.
 */
export const attributes = v.strictObject({
  id: whole(
    1,
    255,
    'The number of this member: its identity in every vote and log. Assign it once; never change it or reuse it for another host.',
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
            v.description('Its checksum: the line in the .sha512 file next to it.'),
          ),
          version: v.pipe(
            v.string(),
            v.regex(/^\d+\.\d+\.\d+[\w.-]*$/, 'a version like 3.9.5'),
            v.description('Its version: names the directory under /opt.'),
          ),
        }),
      ]),
      v.description(
        "The source of ZooKeeper: Debian's or Ubuntu's libzookeeper-java (the default), or Apache's tarball.",
      ),
    ),
    'debian',
  ),
  packageVersion: v.optional(
    v.pipe(
      v.string(),
      v.description("Version of libzookeeper-java, in apt's form. Default: the installed one, else the newest."),
    ),
  ),
  dataDir: v.optional(path('Directory of snapshots and myid.'), '/var/lib/zookeeper'),
  dataLogDir: v.optional(
    path(
      'Directory of transaction logs; a separate disk makes writes faster. It is separate from dataDir because moving it later is laborious.',
    ),
    '/var/lib/zookeeper-log',
  ),
  volume: volume('The disk of dataDir'),
  logVolume: volume('The disk of dataLogDir'),
  heapMb: v.optional(whole(64, 65536, 'Java heap in MiB. Must not exceed three quarters of the memory.'), 1000),
  jvmFlags: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^-[\w.:=+,/-]+$/, 'a flag like -Dname=value, without spaces'))),
      v.description('Additional flags for Java. Default: none.'),
    ),
    [],
  ),
  tickTime: v.optional(whole(100, 60000, 'Milliseconds per tick, the unit of the limits below.'), 2000),
  initLimit: v.optional(whole(1, 1000, 'Ticks that a follower may take to join. Raise it if the data is large.'), 10),
  syncLimit: v.optional(whole(1, 1000, 'Ticks that a follower may lag behind.'), 5),
  maxClientCnxns: v.optional(
    whole(
      0,
      100000,
      "Maximum connections per address; 0 is no limit. ZooKeeper's own default of 60 is too low for Mesos and Marathon behind one address.",
    ),
    0,
  ),
  purge: v.optional(
    v.pipe(
      v.strictObject({
        keep: v.optional(whole(3, 1000, 'Snapshots to keep; at least 3.'), 5),
        hours: v.optional(
          whole(
            0,
            1000,
            "Hours between two purges. ZooKeeper's own default of 0 never purges, until the disk is full.",
          ),
          1,
        ),
      }),
      v.description('Removal of old snapshots and logs.'),
    ),
    {},
  ),
  fourLetterWords: v.optional(
    v.pipe(
      v.array(v.picklist(['conf', 'cons', 'dirs', 'envi', 'isro', 'ruok', 'stat', 'wchs', 'hash'])),
      v.description('Four-letter words to allow besides srvr and mntr, which the health check needs.'),
    ),
    ['ruok', 'isro', 'conf', 'stat'],
  ),
  standaloneEnabled: v.optional(
    v.pipe(
      v.boolean(),
      v.description("False lets an ensemble of one grow like any other. (ZooKeeper's own default is true.)"),
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
      v.description('Additional lines for zoo.cfg, in this order, for what no variable covers. Default: none.'),
    ),
    {},
  ),
  backup: backupAttribute,
  allowEven,
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
