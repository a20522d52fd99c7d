import * as v from 'valibot'
import { secret } from '../../inventory/secrets.ts'
import { appCheck, healthCheck, readinessCheck } from './schema/checks.ts'
import { container } from './schema/container.ts'
import {
  filled,
  labels,
  list,
  may,
  NETWORK,
  number,
  object,
  one,
  pathId,
  port,
  portName,
  protocol,
  share,
  strings,
  text,
  upTo,
  whole,
  yes,
} from './schema/words.ts'

// Marathon ignores fields that it does not know, so a misspelt one is lost in silence: this is its own list (RAML of
// 1.11, with types and limits).

const limit = v.pipe(v.union([v.number(), v.literal('unlimited')]), v.description('A number, or "unlimited".'))

const envValue = v.pipe(
  v.union([
    v.string(),
    v.pipe(
      v.object({
        from: may(
          v.pipe(
            secret(),
            v.description('"env:NAME", "file:path" or "cmd:command": read on your machine, and never shown.'),
          ),
        ),
        secret: may(filled('Name of a secret in Marathon.')),
      }),
      v.check(
        ({ from, secret }) => (from === undefined) !== (secret === undefined),
        'must have either "from" or "secret"',
      ),
    ),
  ]),
  v.description('Text; or { "from": … }, for a secret of yours.'),
)

/** An app as Marathon takes it, and nothing that it would ignore. */
export const appSchema = v.object({
  $schema: may(text('Where editors find the description of this file. Not sent.')),
  id: pathId('Its name: a path, like /rails-app.'),
  instances: may(whole(0, 'How many tasks; absent: as many as there are, 1 for a new app.')),
  cpus: may(number(0.001, 'Cores of each task; default 1.')),
  mem: may(number(0, 'MiB of each task; default 128.')),
  disk: may(number(0, 'MiB of each task; default 0.')),
  gpus: may(whole(0, 'Default 0.')),
  container: may(container),
  args: may(list(v.string(), "The command's words, run as they are: signals reach it.")),
  cmd: may(filled('A command for sh -c. Begin it with exec, or signals end at the shell.')),
  env: may(
    v.pipe(v.record(v.string(), envValue), v.description('Environment variables. Whoever may ask Marathon sees them.')),
  ),
  labels: may(
    strings('Labels. lb.enable "true" puts it behind the HAProxies; lb.name, lb.host, lb.path, lb.check, lb.port.'),
  ),
  networks: may(
    list(
      v.object({
        mode: may(one(['container', 'container/bridge', 'host'], 'Default "container".')),
        name: may(
          v.pipe(
            v.string(),
            v.minLength(1),
            v.maxLength(63),
            v.regex(NETWORK, 'a name of a network'),
            v.description('For mode "container".'),
          ),
        ),
        labels: may(labels()),
      }),
      'How it is on the network: one "host" or "container/bridge", or several "container".',
    ),
  ),
  portDefinitions: may(
    list(
      v.object({
        port: may(port('0: any.')),
        name: may(portName('A name.')),
        protocol: may(protocol()),
        labels: may(labels()),
      }),
      'Ports of an app with network "host".',
    ),
  ),
  requirePorts: may(yes('The numbers in portDefinitions must be had; default false.')),
  healthChecks: may(
    list(healthCheck, 'When a task is well. All by Mesos (MESOS_…, COMMAND) or all by Marathon (HTTP, TCP).'),
  ),
  readinessChecks: may(
    list(readinessCheck, 'When a new task may take over from an old one, beside its health. At most one.'),
  ),
  check: may(appCheck),
  taskKillGracePeriodSeconds: may(
    whole(0, 'Between SIGTERM and SIGKILL: longer than the pre-stop and the longest request together.'),
  ),
  upgradeStrategy: may(
    object(
      {
        minimumHealthCapacity: share('Share of the instances that stays healthy; 1: all.'),
        maximumOverCapacity: share('Share that may run beyond them meanwhile; at most 0.5 here.'),
      },
      "How a new version comes in; Marathon's default is 1 and 1.",
    ),
  ),
  constraints: may(
    list(
      v.pipe(v.array(v.string()), v.minLength(2), v.maxLength(3)),
      '[FIELD, OPERATOR, VALUE?]: ["hostname", "MAX_PER", "3"], ["hostname", "UNIQUE"], ["rack", "LIKE", "r1"].',
    ),
  ),
  acceptedResourceRoles: may(list(v.string(), 'Roles whose resources it takes.')),
  backoffSeconds: may(whole(0, 'First pause after a task failed; default 1.')),
  backoffFactor: may(number(1, 'How it grows; default 1.15.')),
  maxLaunchDelaySeconds: may(whole(0, 'How far; default 300.')),
  unreachableStrategy: may(
    v.pipe(
      v.union([
        v.literal('disabled'),
        v.object({
          inactiveAfterSeconds: may(whole(0, 'A task on a lost agent is replaced after so long; default 0.')),
          expungeAfterSeconds: may(whole(0, 'And forgotten after so long; default 0.')),
        }),
      ]),
      v.description('What happens to tasks on an agent that is lost.'),
    ),
  ),
  killSelection: may(
    one(['YOUNGEST_FIRST', 'OLDEST_FIRST'], 'Who goes first when there are too many; default "YOUNGEST_FIRST".'),
  ),
  dependencies: may(list(pathId('An app.'), 'Apps that must be healthy first.')),
  fetch: may(
    list(
      v.object({
        uri: upTo(1024, 'From where.'),
        extract: may(yes('Default true.')),
        executable: may(yes('Default false.')),
        cache: may(yes('Default false.')),
        destPath: may(upTo(1024, 'Where to, in the sandbox.')),
      }),
      'Files that are brought into the sandbox before the start.',
    ),
  ),
  user: may(text('User on the agent.')),
  executor: may(text('Another executor.')),
  executorResources: may(
    object(
      {
        cpus: may(number(0.1, 'Default 0.1.')),
        mem: may(number(32, 'MiB; default 32.')),
        disk: may(number(10, 'MiB; default 10.')),
      },
      'What the executor takes.',
    ),
  ),
  resourceLimits: may(object({ cpus: may(limit), mem: may(limit) }, 'Hard limits above what is reserved.')),
  residency: may(
    object(
      {
        relaunchEscalationTimeoutSeconds: may(whole(0, 'Default 3600.')),
        taskLostBehavior: may(one(['WAIT_FOREVER', 'RELAUNCH_AFTER_TIMEOUT'], 'Default "WAIT_FOREVER".')),
      },
      'For persistent volumes.',
    ),
  ),
  secrets: may(
    v.pipe(
      v.record(v.string(), v.object({ source: filled('Where the secret store has it.') })),
      v.description('Secrets of Marathon, by name.'),
    ),
  ),
  role: may(filled("Mesos' role.")),
  tty: may(yes('With a terminal.')),
  ports: may(list(port('0: any.'), 'Old: say it in portDefinitions.')),
  uris: may(list(upTo(1024, 'From where.'), 'Old: say it in fetch.')),
  ipAddress: may(
    object(
      {
        networkName: may(filled('A network.')),
        groups: may(list(v.string(), 'Groups.')),
        labels: may(labels()),
        discovery: may(
          object(
            {
              ports: may(
                list(
                  v.object({
                    number: may(port('Number.')),
                    name: portName('Name.'),
                    protocol: may(protocol()),
                    labels: may(labels()),
                  }),
                  'Ports.',
                ),
              ),
            },
            'Ports to be found by.',
          ),
        ),
      },
      'Old: say it in networks.',
    ),
  ),
})

/** An app file as it is understood. */
export type AppFile = v.InferOutput<typeof appSchema>
