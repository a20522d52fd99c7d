import * as v from 'valibot'
import { secret } from '../../src/index.ts'
import { sha256, whole } from '../common/attributes.ts'

const text = (description: string) => v.pipe(v.string(), v.nonEmpty(), v.description(description))

/** The source of a repository's key. */
const key = v.pipe(
  v.union([
    v.strictObject({
      url: text('URL from which the host fetches the key.'),
      sha256: sha256(
        'Its checksum. If the publisher renews the key, the run fails until someone has verified the new one.',
      ),
      binary: v.optional(v.pipe(v.boolean(), v.description('The key is binary, not text (-----BEGIN PGP…).')), false),
    }),
    v.strictObject({ file: text('Key file on this machine.') }),
  ]),
  v.description('Signing key of the repository. An expired key is refused.'),
)

/**
 * The recipe's variables. ClusterD's packages: https://m3scluster.github.io/clusterd-docs, its repository
 * https://rpm.aventer.biz; older ones: those of Mesosphere, whose own repositories are gone.
 */
export const attributes = v.strictObject({
  source: v.pipe(
    v.union([
      v.strictObject({
        apt: v.strictObject({
          key,
          uri: v.optional(
            v.pipe(
              v.string(),
              v.regex(/^https?:\/\/\S+$/, 'a URL'),
              v.description(
                "The repository, or a mirror of it. Default: ClusterD's, http://rpm.aventer.biz/Debian/ or …/Ubuntu/CODENAME.",
              ),
            ),
          ),
          suite: v.optional(text('Default: the codename of the release.')),
          component: v.optional(text('Default: main.'), 'main'),
        }),
      }),
      v.strictObject({
        deb: v.pipe(
          v.string(),
          v.regex(/\.deb$/, 'a URL or path that ends in .deb'),
          v.description(
            'URL, or path of a local file: NAME_VERSION_ARCHITECTURE.deb. Package and version are taken from the name unless given.',
          ),
        ),
        sha256: sha256('Its checksum.'),
      }),
    ]),
    v.description(
      'The source of Mesos: an apt repository, or a .deb. There is no default, because the checksum of a key cannot be known in advance.',
    ),
  ),
  package: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9][a-z0-9+.-]+$/, "a Debian package's name"),
      v.description('Package name. Default: that of the .deb, else aventer-mesos (ClusterD).'),
    ),
  ),
  version: v.optional(
    text("Version, in apt's form. Default: that of the .deb, else the installed one, else the newest."),
  ),
  flavour: v.optional(
    v.pipe(
      v.picklist(['clusterd', 'mesosphere']),
      v.description(
        '"mesosphere": binaries in /usr/sbin, the agent\'s unit is mesos-slave, and the package enables both units. Default: "mesosphere" for the package mesos, else "clusterd".',
      ),
    ),
  ),
  packages: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description('Undeclared dependencies to install. Authentication does not work without libsasl2-modules.'),
    ),
    ['libsasl2-modules'],
  ),
  zkPath: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(\/[\w.-]+)+$/, 'a path like "/mesos"'),
      v.description('Path in ZooKeeper. A different path is a different cluster.'),
    ),
    '/mesos',
  ),
  zkUser: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^:@/,\s]+$/, 'a name without ":", "@", "/" and ","'),
      v.description('User for ZooKeeper (digest authentication). Default: none.'),
    ),
  ),
  zkPassword: v.optional(
    secret({
      form: {
        pattern: /^[^:@/,\s]+$/,
        wanted: 'a password without ":", "@", "/" and ",", which would end it in the URL',
      },
      description: 'Its password.',
    }),
  ),
  logDir: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(\/[\w.-]+)+$/, 'an absolute path'),
      v.description('Log directory, in addition to the journal.'),
    ),
    '/var/log/mesos',
  ),
  logMaxMb: v.optional(
    whole(
      1,
      100_000,
      "Maximum MiB of a file that Mesos writes, and of a task's stdout and stderr, checked every 10 minutes. A task's previous ones are kept beside them, as stdout.1 and stderr.1.",
    ),
    100,
  ),
  logDays: v.optional(whole(1, 3650, "Days after which Mesos' own log files are removed."), 14),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
