import * as v from 'valibot'
import { secret } from '../../src/index.ts'
import { path, sha256 } from '../common/attributes.ts'
import { imported, loaded, pulled } from '../docker/images.ts'
import { flagsAttribute } from '../mesos/flags.ts'
import { marathonFlags } from './flags.ts'

const ms = (description: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.description(description))
const version = v.pipe(
  v.string(),
  v.regex(/^\d+\.\d+\.\d+[\w.-]*$/, 'a version like 1.11.24'),
  v.description(
    'Its version. A different minor version irreversibly migrates the state in ZooKeeper, and is refused unless allowed.',
  ),
)

/** The recipe's variables. Marathon's own: https://d2iq-archive.github.io/marathon/docs/command-line-flags.html. */
export const attributes = v.strictObject({
  source: v.pipe(
    v.union([
      v.strictObject({
        image: v.pipe(
          v.union([
            v.strictObject({ version, ...pulled }),
            v.strictObject({ version, ...loaded }),
            v.strictObject({ version, ...imported }),
          ]),
          v.description(
            'An image with its own JVM and a libmesos with JNI, such as mesosphere/marathon; ClusterD publishes none. It is identified by its digest, its ID or the tar it is built from.',
          ),
        ),
      }),
      v.strictObject({
        tarball: v.pipe(
          v.string(),
          v.nonEmpty(),
          v.description('URL, or path of a local file: marathon-VERSION.tgz as it was published.'),
        ),
        sha256: sha256('Its checksum.'),
        version,
        java: v.optional(
          v.pipe(v.string(), v.description('The package of its JVM, 8 or 11.')),
          'openjdk-11-jre-headless',
        ),
        libmesos: path('Path of a libmesos with JNI on the host, from Mesos 1.5 or later: libmesos-1.11.0.so.'),
      }),
    ]),
    v.description('The source of Marathon. There is no default, because its publisher no longer exists.'),
  ),
  hostname: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]+$/, 'a name or an IPv4 address'),
      v.description('Advertised host name, for redirects and standbys. Default: the private address.'),
    ),
  ),
  zkPath: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(\/[\w.-]+)+$/, 'a path like "/marathon"'),
      v.description('Path of its state in ZooKeeper, shared by all Marathons.'),
    ),
    '/marathon',
  ),
  frameworkName: v.optional(
    v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'a plain name'), v.description('Framework name in Mesos.')),
    'marathon',
  ),
  libprocessPort: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(65535),
      v.description(
        "Port where the Mesos master connects back. Marathon's own default is random, which firewalls cannot allow.",
      ),
    ),
    15101,
  ),
  mesosUser: v.optional(
    v.pipe(v.string(), v.description('User that runs tasks on the agents. Fixed at the first registration.')),
    'root',
  ),
  heapMb: v.optional(v.pipe(v.number(), v.integer(), v.minValue(128), v.description('Java heap in MiB.')), 1024),
  features: v.optional(
    v.pipe(
      v.array(v.picklist(['secrets', 'external_volumes', 'vips', 'gpu_resources', 'task_killing'])),
      v.description('Enabled features. task_killing announces a kill before it happens, which load balancing needs.'),
    ),
    ['task_killing'],
  ),
  taskLaunchTimeout: v.optional(
    ms(
      'Milliseconds that a task may take to start, including the image pull. Must not be shorter than vars.mesos-agent.executorRegistrationTimeout.',
    ),
    600_000,
  ),
  taskLaunchConfirmTimeout: v.optional(
    ms('Milliseconds within which Mesos must confirm that a task is starting.'),
    300_000,
  ),
  scaleAppsInterval: v.optional(
    ms(
      "Milliseconds between two checks that each app has all its tasks. If several are lost at once, as when a slave is replaced, Marathon may start only one of them before the next check. Marathon's own default is 300000.",
    ),
    60_000,
  ),
  failoverTimeout: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(60),
      v.description('Seconds after which Mesos kills all tasks if no Marathon has come back. Default: a week.'),
    ),
    604_800,
  ),
  zkSessionTimeout: v.optional(ms('Milliseconds that a leader may be silent before another one takes over.'), 10_000),
  credentials: v.optional(
    secret({
      form: {
        pattern: /^[^:\s"'\\$`]+:[^:\s"'\\$`]+$/,
        wanted:
          '"user:password" with one ":" (a password that contains one never logs in), without white space, quotes, "$" and backslashes',
      },
      description:
        "user:password for Marathon's API; provision and the registrar use it as well. Default: no authentication.",
    }),
  ),
  mesosPrincipal: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.@/-]+$/, 'a name of letters, digits and "_", ".", "@", "/", "-"'),
      v.description('Login at the masters. Set it from the first day: it cannot change later. Default: none.'),
    ),
  ),
  mesosSecret: v.optional(
    secret({ form: { pattern: /^\S+$/, wanted: 'text without white space' }, description: 'Its secret.' }),
  ),
  flags: flagsAttribute({
    program: 'Marathon',
    table: marathonFlags,
    own: {
      master: 'it follows from the hosts that run ZooKeeper and vars.mesos',
      zk: 'it follows from the hosts that run ZooKeeper; write vars.marathon.zkPath',
      hostname: 'write vars.marathon.hostname',
      http_address: "it is the host's private address",
      http_port: 'it is 8080',
      http_credentials: 'write vars.marathon.credentials',
      framework_name: 'write vars.marathon.frameworkName',
      mesos_user: 'write vars.marathon.mesosUser',
      enable_features: 'write vars.marathon.features',
      task_launch_timeout: 'write vars.marathon.taskLaunchTimeout',
      task_launch_confirm_timeout: 'write vars.marathon.taskLaunchConfirmTimeout',
      scale_apps_interval: 'write vars.marathon.scaleAppsInterval',
      failover_timeout: 'write vars.marathon.failoverTimeout',
      zk_session_timeout: 'write vars.marathon.zkSessionTimeout',
      mesos_authentication: 'write vars.marathon.mesosPrincipal and mesosSecret',
      mesos_authentication_principal: 'write vars.marathon.mesosPrincipal',
      mesos_authentication_secret: 'write vars.marathon.mesosSecret',
      mesos_authentication_secret_file: 'write vars.marathon.mesosSecret',
      ssl_keystore_password: 'it would stand in clear text in the log of each start',
    },
    never: {
      event_subscriber: 'callbacks are gone since Marathon 1.5: use /v2/events',
      http_endpoints: 'callbacks are gone since Marathon 1.5: use /v2/events',
      killBatchDuration: 'it cannot be given as a variable, and this recipe gives no arguments',
      killsPerBatch: 'it cannot be given as a variable, and this recipe gives no arguments',
    },
  }),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
