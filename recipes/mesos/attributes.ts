import * as v from 'valibot'
import { secret } from '../../src/index.ts'
import { sha256 } from '../common/attributes.ts'

const text = (description: string) => v.pipe(v.string(), v.nonEmpty(), v.description(description))

/** Where a repository's key comes from. */
const key = v.pipe(
  v.union([
    v.strictObject({
      url: text('Where the host fetches the key.'),
      sha256: sha256(
        "Its sum. Publishers renew keys: a sum that does not fit says so, and the new key is looked at by a person before it's believed.",
      ),
      binary: v.optional(
        v.pipe(v.boolean(), v.description('It is not the text form (-----BEGIN PGP…). Default false.')),
        false,
      ),
    }),
    v.strictObject({ file: text('A key on this machine.') }),
  ]),
  v.description('The key that signs the repository. One that has expired is refused, with the day.'),
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
          suite: v.optional(text("Default: the release's codename.")),
          component: v.optional(text('Default: main.'), 'main'),
        }),
      }),
      v.strictObject({
        deb: v.pipe(
          v.string(),
          v.regex(/\.deb$/, 'a URL or path that ends in .deb'),
          v.description(
            'URL, or path of a local file: NAME_VERSION_ARCHITECTURE.deb. Its name says package and version, unless they are given.',
          ),
        ),
        sha256: sha256('Its sum.'),
      }),
    ]),
    v.description(
      'Where Mesos comes from: a repository, or one .deb. There is no default: nobody can know the sum of a key beforehand.',
    ),
  ),
  package: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9][a-z0-9+.-]+$/, "a Debian package's name"),
      v.description("The package's name. Default: that of the .deb, else aventer-mesos (ClusterD)."),
    ),
  ),
  version: v.optional(
    text('Its version, as apt writes it. Default: that of the .deb, else whatever is installed, else the newest.'),
  ),
  flavour: v.optional(
    v.pipe(
      v.picklist(['clusterd', 'mesosphere']),
      v.description(
        '"mesosphere": binaries in /usr/sbin, the agent\'s unit is mesos-slave, both units are enabled by the package. Default: by the package\'s name (mesos is, all others are not).',
      ),
    ),
  ),
  packages: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description(
        'Packages that it needs and does not ask for. Default: libsasl2-modules, without which no authentication works.',
      ),
    ),
    ['libsasl2-modules'],
  ),
  zkPath: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(\/[\w.-]+)+$/, 'a path like "/mesos"'),
      v.description('The path in ZooKeeper. Another path is another cluster.'),
    ),
    '/mesos',
  ),
  zkUser: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^:@/,\s]+$/, 'a name without ":", "@", "/" and ","'),
      v.description('Who Mesos is to ZooKeeper (digest). Default: nobody.'),
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
      v.description('Where logs go, beside the journal.'),
    ),
    '/var/log/mesos',
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
