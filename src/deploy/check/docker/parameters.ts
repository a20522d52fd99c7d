import type { Definition } from '../../../clients/marathon-answers.ts'
import { nearest } from '../../../lib/did-you-mean.ts'
import { object, text } from '../../../lib/json.ts'
import { prestopOf } from '../../app/prestop.ts'
import { list, type Rule, refuse } from '../rule.ts'
import { isSwitch, longOf, options } from './docker-run.ts'
import { wantedFor } from './values.ts'

/** Why an option would not do what it says, or would break what Mesos does. Undefined if it works. */
type Judge = (value: string, app: Definition) => string | undefined

const always =
  (why: string): Judge =>
  () =>
    why
const unless =
  (harmless: RegExp, why: string): Judge =>
  (value) =>
    harmless.test(value) ? undefined : why

const OFF = /^(0|f|F|false|FALSE|False)$/
const SWITCH = /^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/
const PORTS =
  'opens ports of the slave that Mesos does not know, and gives to other tasks: write container.portMappings.'
const NETWORK = 'joins another network than Marathon and the HAProxies know of: write networks.'
const ADDRESS = 'gives each task the same address, and the second one on a network does not start: leave it out.'
const UNSEEN = 'keeps the output of the task from Mesos, which shows it when a task dies: leave it out.'
const FROM = (member: string): string =>
  `overrides what Mesos sets from ${member}, and so uses more or less of the slave than it counts: write ${member}.`

/** What Marathon and Mesos set in the environment of a task. */
const OWN_ENV = /^(HOST|PORTS?|PORT_?\w+|MESOS_\w+|MARATHON_APP_\w+)$/

function environment(value: string, { env }: Definition): string | undefined {
  const [name = ''] = value.split('=')
  if (Object.hasOwn(object(env), name)) return `overrides env.${name}: write it there.`
  if (OWN_ENV.test(name)) return `overrides ${name}, which tells the task where it runs: leave it out.`
  return undefined
}

function stopSignal(value: string, app: Definition): string | undefined {
  if (prestopOf(app) === undefined || /^(SIG)?TERM$|^15$/i.test(value)) return undefined
  return 'is not the signal that the pre-stop waits for, so tasks would stop at once: leave it out.'
}

/** Docker gives names only on networks of its users; Mesos names the network, and then Docker refuses. */
function onNamedNetwork(_value: string, { networks }: Definition): string | undefined {
  const isNamed = Array.isArray(networks) && networks.some((each) => object(each).mode === 'container')
  return isNamed
    ? undefined
    : 'works only on a network that somebody made (mode container, with its name): leave it out.'
}

/** Options that do not get along with what Mesos' Docker executor sets and looks for itself. */
const JUDGES: Readonly<Record<string, Judge>> = {
  attach: always(UNSEEN),
  cidfile: always('names a file that exists when the next task starts, and Docker then refuses: leave it out.'),
  'cpu-shares': always(FROM('cpus')),
  detach: unless(OFF, 'lets the command return at once, which to Mesos is the end of the task: leave it out.'),
  entrypoint: (_value, { cmd }) =>
    cmd === undefined ? undefined : 'replaces the shell that is to run cmd: write args instead of cmd.',
  env: environment,
  help: unless(OFF, 'prints a help text instead of starting the task: leave it out.'),
  ip: always(ADDRESS),
  ip6: always(ADDRESS),
  'mac-address': always(ADDRESS),
  memory: always(FROM('mem')),
  'memory-reservation': always(FROM('mem')),
  'link-local-ip': onNamedNetwork,
  name: always('is what Mesos calls the container itself, and it starts no task with another: leave it out.'),
  net: always(NETWORK),
  network: always(NETWORK),
  'net-alias': onNamedNetwork,
  'network-alias': onNamedNetwork,
  publish: always(PORTS),
  'publish-all': unless(OFF, PORTS),
  restart: unless(
    /^(no)?$/,
    'lets Docker start a task again that Mesos knows as ended; Marathon does that: leave it out.',
  ),
  'stop-signal': stopSignal,
  'stop-timeout': always(
    'is of no effect, since Mesos gives its own to docker stop: write taskKillGracePeriodSeconds.',
  ),
}

function mistake(key: string, value: string, app: Definition): string | undefined {
  const bare = key.replace(/^-+/, '')
  const long = longOf(bare)
  if (long !== undefined) return `is no long option of docker run, and Mesos adds "--": write ${long}.`
  if (!options().includes(bare)) {
    const meant = nearest(bare, options())
    return `is no option of docker run${meant === undefined ? '' : `; did you mean ${meant}?`} No task would start.`
  }
  if (bare !== key) return `has dashes, and Mesos adds two more: write ${bare}.`
  if (isSwitch(key) && !SWITCH.test(value)) return `is true or false to docker run, not ${JSON.stringify(value)}.`
  const wanted = wantedFor(key, value)
  if (wanted !== undefined) return `wants ${wanted}, not ${JSON.stringify(value)}: no task would start.`
  return Object.hasOwn(JUDGES, key) ? JUDGES[key]?.(value, app) : undefined
}

/** Options of `docker run` with which no task would start, or that Mesos would not know of. */
export const parameters: Rule = (app) =>
  list(object(object(app.container).docker).parameters).flatMap((parameter, i) => {
    const [key, value] = [text(parameter.key), text(parameter.value)]
    const why = mistake(key, value, app)
    return why === undefined ? [] : refuse('parameter', `container.docker.parameters[${i}]`, `${key} ${why}`)
  })
