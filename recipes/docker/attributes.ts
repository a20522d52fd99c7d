import * as v from 'valibot'
import { settingsAttribute } from '../common/settings.ts'
import { imported, loaded, pulled } from './images.ts'
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
        'The packages, held; the first one is the engine. Default: docker.io, and docker-cli where that does not hold the client (Debian 13).',
      ),
    ),
  ),
  version: v.optional(
    v.pipe(
      v.string(),
      v.description("The engine's version, as apt writes it. Default: whatever is installed, else the newest."),
    ),
  ),
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
    v.pipe(v.number(), v.integer(), v.minValue(1), v.description('How many of them are kept.')),
    3,
  ),
  settings: settingsAttribute(
    OWN,
    'More of daemon.json: registry-mirrors, insecure-registries, bip, log-driver, default-address-pools… Default: none.',
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
        'Images to have beforehand, each known by its digest, its id, or the tar it is made from. Default: none.',
      ),
    ),
    [],
  ),
  prune: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Remove what is of no use, every night: containers that have ended, images that no container uses. Kept are the images named above, those named provision/…, and those that came from no registry.',
      ),
    ),
    true,
  ),
  pruneAfterHours: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description(
        'How long they stay: containers since they ended, images since they got their name. Default: a week.',
      ),
    ),
    168,
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
