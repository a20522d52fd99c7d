import * as v from 'valibot'
import { settingsAttribute } from '../common/settings.ts'
import { volume } from '../common/volume.ts'
import { imported, loaded, pulled } from './images.ts'
import { registries } from './registries.ts'
import { OWN, wrong } from './settings.ts'

const name = v.pipe(
  v.string(),
  v.regex(/:[\w][\w.-]*$/, 'a name with a tag, like "web:1"'),
  v.description('The name it gets, with its tag.'),
)

/** The recipe's variables. Docker's own: https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file. */
export const attributes = v.strictObject({
  packages: v.optional(
    v.pipe(
      v.array(v.string()),
      v.minLength(1),
      v.description(
        'The packages, held; the first is the engine. Default: docker.io, and docker-cli where the client is separate (Debian 13).',
      ),
    ),
  ),
  version: v.optional(
    v.pipe(
      v.string(),
      v.description("Version of the engine, in apt's form. Default: the installed one, else the newest."),
    ),
  ),
  volume: volume("The disk of Docker's data, /var/lib/docker or `data-root` in `settings`"),
  logMaxSize: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+[kmg]$/, 'a size like "50m"'),
      v.description(
        "Size at which a container's log is rotated. Docker's own default is never, until the disk is full.",
      ),
    ),
    '50m',
  ),
  logMaxFiles: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.description('Number of log files to keep per container.')),
    3,
  ),
  settings: settingsAttribute(
    OWN,
    'Additional settings for daemon.json: registry-mirrors, insecure-registries, bip, log-driver, default-address-pools… Keys that dockerd reloads (mirrors, insecure registries, labels, debug…) cost no drain and no restart; to remove one without a restart, set it to `[]` or `false` first. Default: none.',
    wrong,
  ),
  images: v.optional(
    v.pipe(
      v.array(
        v.union([
          v.strictObject({ name, ...pulled }),
          v.strictObject({ name, ...loaded }),
          v.strictObject({ name, ...imported }),
        ]),
      ),
      v.description(
        'Images to provide in advance, each identified by its digest, its ID or the tar it is built from. Default: none.',
      ),
    ),
    [],
  ),
  registries,
  prune: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Every night, remove stopped containers and unused images, except the images above, those named provision/…, and those that came from no registry.',
      ),
    ),
    true,
  ),
  pruneAfterHours: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description('Hours to keep them: containers after they stop, images after they were tagged. Default: a week.'),
    ),
    168,
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
