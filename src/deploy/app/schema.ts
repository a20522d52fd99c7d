import * as v from 'valibot'
import { secret } from '../../inventory/secrets.ts'
import { idMistake } from './app.ts'
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

// Marathon silently ignores fields that it does not know, so a misspelt one would be lost. The schema therefore lists
// all of Marathon's fields, with their types and limits (RAML of 1.11).

const limit = v.pipe(v.union([v.number(), v.literal('unlimited')]), v.description('A number, or "unlimited".'))

const envValue = v.pipe(
  v.union([
    v.string(),
    v.pipe(
      v.object({
        from: may(
          v.pipe(
            secret(),
            v.description('"env:NAME", "file:path" or "cmd:command": read on your machine, never shown.'),
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
  v.description('Text, or { "from": … } for a secret.'),
)

/** An app as Marathon accepts it, with no field that Marathon would ignore. */
export const appSchema = v.object({
  $schema: may(text('The JSON Schema of this file, for editors. It is not sent.')),
  id: v.pipe(
    pathId('The id of the app: a path, like /rails-app.'),
    v.check(
      (id) => idMistake(id) === undefined,
      ({ input }) => idMistake(input) ?? '',
    ),
  ),
  instances: may(whole(0, 'Number of tasks. Default: the current number, or 1 for a new app.')),
  cpus: may(number(0.001, 'CPUs per task; default 1.')),
  mem: may(number(0, 'MiB of memory per task; default 128.')),
  disk: may(number(0, 'MiB of disk per task; default 0.')),
  gpus: may(whole(0, 'Default 0.')),
  container: may(container),
  args: may(list(v.string(), 'The command as a list of words, run without a shell: signals reach it.')),
  cmd: may(filled('A command for sh -c. Begin it with exec, or the shell swallows signals.')),
  env: may(
    v.pipe(
      v.record(v.pipe(v.string(), v.regex(/^[^=]+$/, 'a name, without "="')), envValue),
      v.description('Environment variables. Anyone who can query Marathon sees them.'),
    ),
  ),
  labels: may(
    strings(
      'Labels. lb.enable "true" puts it behind the HAProxies; lb.name, lb.host, lb.path, lb.check, lb.port, lb.timeout, lb.maxconn, lb.sticky, lb.tcp.',
    ),
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
      'Networks: one "host" or "container/bridge", or several "container".',
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
  requirePorts: may(yes('Require exactly the ports in portDefinitions; default false.')),
  healthChecks: may(
    list(healthCheck, 'Health checks, all run by Mesos (MESOS_…, COMMAND) or all by Marathon (HTTP, TCP).'),
  ),
  readinessChecks: may(
    list(readinessCheck, 'A check, besides health, before a new task replaces an old one. At most one.'),
  ),
  check: may(appCheck),
  taskKillGracePeriodSeconds: may(
    whole(0, 'Time from SIGTERM to SIGKILL: longer than the pre-stop plus the longest request.'),
  ),
  upgradeStrategy: may(
    object(
      {
        minimumHealthCapacity: share('Share of the instances that must stay healthy; 1: all.'),
        maximumOverCapacity: share('Share that may run in addition during a deployment; at most 0.5 here.'),
      },
      "How a new version is rolled out; Marathon's default is 1 and 1.",
    ),
  ),
  constraints: may(
    list(
      v.pipe(v.array(v.string()), v.minLength(2), v.maxLength(3)),
      '[FIELD, OPERATOR, VALUE?]: ["hostname", "MAX_PER", "3"], ["hostname", "UNIQUE"], ["rack", "LIKE", "r1"].',
    ),
  ),
  acceptedResourceRoles: may(list(v.string(), 'Roles whose resources it accepts.')),
  backoffSeconds: may(whole(0, 'Initial delay after a task failure; default 1.')),
  backoffFactor: may(number(1, 'Factor by which the delay grows; default 1.15.')),
  maxLaunchDelaySeconds: may(whole(0, 'Maximum delay; default 300.')),
  unreachableStrategy: may(
    v.pipe(
      v.union([
        v.literal('disabled'),
        v.object({
          inactiveAfterSeconds: may(whole(0, 'Time after which a task on a lost agent is replaced; default 0.')),
          expungeAfterSeconds: may(whole(0, 'Time after which it is forgotten; default 0.')),
        }),
      ]),
      v.description('What happens to tasks on a lost agent.'),
    ),
  ),
  killSelection: may(
    one(['YOUNGEST_FIRST', 'OLDEST_FIRST'], 'Which surplus tasks are killed first; default "YOUNGEST_FIRST".'),
  ),
  dependencies: may(list(pathId('An app.'), 'Apps that must be healthy first.')),
  fetch: may(
    list(
      v.object({
        uri: upTo(1024, 'From where.'),
        extract: may(yes('Default true.')),
        executable: may(yes('Default false.')),
        cache: may(yes('Default false.')),
        destPath: may(upTo(1024, 'Target path in the sandbox.')),
      }),
      'Files to fetch into the sandbox before the start.',
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
      'Resources of the executor.',
    ),
  ),
  resourceLimits: may(object({ cpus: may(limit), mem: may(limit) }, 'Hard limits above the reserved amounts.')),
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
      v.record(v.string(), v.object({ source: filled('Its place in the secret store.') })),
      v.description('Secrets of Marathon, by name.'),
    ),
  ),
  role: may(filled("Mesos' role.")),
  tty: may(yes('Allocate a terminal.')),
  ports: may(list(port('0: any.'), 'Deprecated: use portDefinitions.')),
  uris: may(list(upTo(1024, 'From where.'), 'Deprecated: use fetch.')),
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
            'Ports for service discovery.',
          ),
        ),
      },
      'Deprecated: use networks.',
    ),
  ),
})

/** An app file after parsing. */
export type AppFile = v.InferOutput<typeof appSchema>
