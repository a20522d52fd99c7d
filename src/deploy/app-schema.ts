import * as v from 'valibot'
import { secret } from '../inventory/secrets.ts'

// Marathon ignores fields that it does not know, so a misspelt one is lost in silence: this is its own list (RAML of 1.11, with types and limits).

const PATH_ID = /^(\/?((\.\.)|(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9]))?($|\/))+$/
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const NETWORK = /^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/

const may = v.exactOptional
const text = (description: string) => v.pipe(v.string(), v.description(description))
const filled = (description: string) => v.pipe(v.string(), v.minLength(1), v.description(description))
const upTo = (most: number, description: string) => v.pipe(v.string(), v.minLength(1), v.maxLength(most), v.description(description))
const yes = (description: string) => v.pipe(v.boolean(), v.description(description))
const whole = (min: number, description: string) => v.pipe(v.number(), v.integer(), v.minValue(min), v.description(description))
const number = (min: number, description: string) => v.pipe(v.number(), v.minValue(min), v.description(description))
const share = (description: string) => v.pipe(v.number(), v.minValue(0), v.maxValue(1), v.description(description))
const port = (description: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535), v.description(description))
const one = <const Options extends readonly string[]>(options: Options, description: string) =>
  v.pipe(v.picklist(options), v.description(description))
const list = <Item extends v.GenericSchema>(item: Item, description: string) => v.pipe(v.array(item), v.description(description))
const object = <Entries extends v.ObjectEntries>(entries: Entries, description: string) =>
  v.pipe(v.object(entries), v.description(description))

const pathId = (description: string) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.regex(PATH_ID, 'a path of lower-case letters, digits, dashes and dots, like /rails-app'),
    v.description(description),
  )
const portName = (description: string) =>
  v.pipe(v.string(), v.minLength(1), v.regex(LABEL, 'a name of lower-case letters, digits and dashes'), v.description(description))
const shortName = (description: string) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(63),
    v.regex(LABEL, 'a name of lower-case letters, digits and dashes'),
    v.description(description),
  )
const strings = (description: string) => v.pipe(v.record(v.string(), v.string()), v.description(description))

const labels = () => strings('Labels.')
const protocol = () => one(['tcp', 'udp', 'udp,tcp'], 'Default "tcp".')

const portMapping = v.object({
  containerPort: may(port('Where the process listens inside the container; 0 or absent: the same as the host port.')),
  hostPort: may(port("The agent's port; 0 or absent: any free one of those it offers.")),
  servicePort: may(port('Not used here: the load balancer goes by labels.')),
  name: may(portName('A name, which checks and lb.port can use.')),
  protocol: may(protocol()),
  labels: may(labels()),
  networkNames: may(list(shortName('A network.'), 'Networks that it is for.')),
})

const docker = object(
  {
    image: filled('NAME:TAG or NAME@sha256:DIGEST; a tag that never moves.'),
    forcePullImage: may(yes('Pull before every start; default false.')),
    privileged: may(yes('Default false.')),
    parameters: may(
      list(v.object({ key: filled('A long option of docker run.'), value: text('Its value.') }), 'More options of docker run.'),
    ),
    network: may(one(['BRIDGE', 'HOST', 'NONE', 'USER'], 'Old: say it in networks.')),
    portMappings: may(list(portMapping, 'Old: say it in container.portMappings.')),
    credential: may(object({ principal: text('User.'), secret: may(text('Password.')) }, 'Old: credentials for the registry.')),
    pullConfig: may(object({ secret: filled('Name of a secret.') }, 'Credentials for the registry, from the secret store.')),
  },
  'The image.',
)

const volume = v.object({
  containerPath: filled('Where it is mounted.'),
  mode: may(one(['RO', 'RW'], 'Read only, or writable.')),
  hostPath: may(filled("The agent's path.")),
  secret: may(filled('Name of a secret: its value is the content.')),
  persistent: may(
    object(
      {
        size: whole(0, 'MiB.'),
        type: may(one(['root', 'path', 'mount'], 'Default "root".')),
        maxSize: may(whole(0, 'MiB.')),
        profileName: may(text('Profile of the storage.')),
        constraints: may(list(list(v.string(), 'A constraint.'), 'Which storage.')),
      },
      'A volume that outlives the task, on its agent.',
    ),
  ),
  external: may(
    object(
      {
        name: may(text('Name of the volume.')),
        provider: may(text('Who provides it.')),
        size: may(whole(0, 'GiB.')),
        shared: may(yes('Default false.')),
        options: may(v.pipe(v.record(v.string(), v.unknown()), v.description("The provider's own options."))),
      },
      'A volume that somebody else provides.',
    ),
  ),
})

const linuxInfo = object(
  {
    seccomp: may(
      object({ profileName: may(text('A profile.')), unconfined: may(yes('Default false.')) }, 'System calls that are allowed.'),
    ),
    ipcInfo: may(
      object(
        { mode: one(['PRIVATE', 'SHARE_PARENT'], 'Whose.'), shmSize: may(v.pipe(v.number(), v.description('MiB.'))) },
        'Shared memory.',
      ),
    ),
  },
  'Linux settings of the container.',
)

const container = object(
  {
    type: may(one(['DOCKER', 'MESOS'], 'Who runs it: the Docker engine (default), or Mesos itself.')),
    docker: may(docker),
    portMappings: may(list(portMapping, 'Ports of the container, in the order of their index.')),
    volumes: may(list(volume, 'What is mounted.')),
    linuxInfo: may(linuxInfo),
  },
  'The container; without one it is a plain command on the agent.',
)

const healthCheck = v.object({
  protocol: may(
    one(
      ['HTTP', 'HTTPS', 'TCP', 'COMMAND', 'MESOS_TCP', 'MESOS_HTTP', 'MESOS_HTTPS'],
      'MESOS_HTTP is made beside the task and survives a new leader; HTTP (the default) by Marathon from afar.',
    ),
  ),
  path: may(text('Path of a GET that answers 200 to 399.')),
  portIndex: may(port('Which port, by its place; default 0.')),
  port: may(port('A fixed port instead.')),
  command: may(object({ value: text('sh.') }, 'For COMMAND.')),
  gracePeriodSeconds: may(whole(0, 'Failures are ignored for so long after the start; default 300.')),
  intervalSeconds: may(whole(0, 'Default 60.')),
  timeoutSeconds: may(whole(0, 'Default 20.')),
  maxConsecutiveFailures: may(
    whole(0, 'So many failures, and the task is killed; default 3. With MESOS_… 0 means at the first, with HTTP never.'),
  ),
  delaySeconds: may(whole(0, 'MESOS_… only: the first check comes so long after the start; default 15.')),
  ignoreHttp1xx: may(yes('Informational answers count as none.')),
  ipProtocol: may(one(['IPv4', 'IPv6'], 'Default "IPv4".')),
})

const timing = {
  intervalSeconds: may(whole(0, 'Default 60.')),
  timeoutSeconds: may(whole(0, 'Default 20.')),
  delaySeconds: may(whole(0, 'Default 15.')),
}
const appCheck = object(
  {
    http: may(
      object(
        {
          portIndex: may(port('Which port, by its place.')),
          port: may(port('A fixed port.')),
          path: may(upTo(1024, 'Path.')),
          scheme: may(one(['HTTP', 'HTTPS'], 'Default "HTTP".')),
        },
        'GET.',
      ),
    ),
    tcp: may(object({ portIndex: may(port('Which port, by its place.')), port: may(port('A fixed port.')) }, 'Connect.')),
    exec: may(
      object(
        {
          command: object(
            { shell: may(filled('sh.')), argv: may(v.pipe(v.array(v.string()), v.minLength(1), v.description('Words.'))) },
            'Which.',
          ),
        },
        'Run a command.',
      ),
    ),
    ...timing,
  },
  "Mesos' general check: its result is shown, and kills nothing.",
)

const readinessCheck = v.object({
  name: may(filled('Default "readinessCheck".')),
  protocol: may(one(['HTTP', 'HTTPS'], 'Default "HTTP".')),
  path: may(upTo(1024, 'Default "/".')),
  portName: may(portName('Name of the port; default "http-api".')),
  intervalSeconds: may(whole(0, 'Default 30.')),
  timeoutSeconds: may(whole(1, 'Default 10.')),
  httpStatusCodesForReady: may(
    v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(999))), v.minLength(1), v.description('Default 200.')),
  ),
  preserveLastResponse: may(yes('Default false.')),
})

const limit = v.pipe(v.union([v.number(), v.literal('unlimited')]), v.description('A number, or "unlimited".'))

const envValue = v.pipe(
  v.union([
    v.string(),
    v.pipe(
      v.object({
        from: may(v.pipe(secret(), v.description('"env:NAME", "file:path" or "cmd:command": read on your machine, and never shown.'))),
        secret: may(filled('Name of a secret in Marathon.')),
      }),
      v.check(({ from, secret }) => (from === undefined) !== (secret === undefined), 'must have either "from" or "secret"'),
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
  env: may(v.pipe(v.record(v.string(), envValue), v.description('Environment variables. Whoever may ask Marathon sees them.'))),
  labels: may(strings('Labels. lb.enable "true" puts it behind the HAProxies; lb.name, lb.host, lb.path, lb.check, lb.port.')),
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
      v.object({ port: may(port('0: any.')), name: may(portName('A name.')), protocol: may(protocol()), labels: may(labels()) }),
      'Ports of an app with network "host".',
    ),
  ),
  requirePorts: may(yes('The numbers in portDefinitions must be had; default false.')),
  healthChecks: may(list(healthCheck, 'When a task is well. All by Mesos (MESOS_…, COMMAND) or all by Marathon (HTTP, TCP).')),
  readinessChecks: may(list(readinessCheck, 'When a new task may take over from an old one, beside its health. At most one.')),
  check: may(appCheck),
  taskKillGracePeriodSeconds: may(whole(0, 'Between SIGTERM and SIGKILL: longer than the pre-stop and the longest request together.')),
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
  killSelection: may(one(['YOUNGEST_FIRST', 'OLDEST_FIRST'], 'Who goes first when there are too many; default "YOUNGEST_FIRST".')),
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
      { cpus: may(number(0.1, 'Default 0.1.')), mem: may(number(32, 'MiB; default 32.')), disk: may(number(10, 'MiB; default 10.')) },
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
                  v.object({ number: may(port('Number.')), name: portName('Name.'), protocol: may(protocol()), labels: may(labels()) }),
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
