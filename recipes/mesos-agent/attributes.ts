import * as v from 'valibot'
import { hostname, path } from '../common/attributes.ts'
import { agentFlags } from '../mesos/agent-flags.ts'
import { credential } from '../mesos/credential.ts'
import { duration, flagsAttribute } from '../mesos/flags.ts'

const NAME = /^[\w./-]+$/
const ranges = v.pipe(
  v.array(v.pipe(v.string(), v.regex(/^\d+-\d+$/, 'a range like "31000-32000"'))),
  v.minLength(1),
  v.description('Ranges of whole numbers: ["31000-32000"].'),
)

/**
 * The recipe's variables. Mesos' own: https://mesos.apache.org/documentation/latest/configuration/agent/. "Its default"
 * below is what that says.
 */
export const attributes = v.strictObject({
  hostname: v.optional(
    hostname(
      'What the agent calls itself, and so the host of its tasks. It can never change. Default: the private address.',
    ),
  ),
  workDir: v.optional(
    path("The agent's memory: what runs, and who it is. Moved by nobody but a person."),
    '/var/lib/mesos/agent',
  ),
  containerizers: v.optional(
    v.pipe(
      v.array(v.picklist(['docker', 'mesos'])),
      v.minLength(1),
      v.description('What tasks may run in; the first one that can, does.'),
    ),
    ['docker', 'mesos'],
  ),
  attributes: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(NAME, 'a name of letters, digits and "_", ".", "/", "-"')),
        v.union([
          v.number(),
          v.pipe(v.string(), v.regex(/^[^;:\s][^;:\r\n]*$/, 'a text without ";" and ":", which would end it')),
        ]),
      ),
      v.description(
        'What is told of the agent, for constraints (rack, zone). A new one may come; one that is there neither changes nor goes. Default: none.',
      ),
    ),
    {},
  ),
  resources: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(NAME, 'a name of letters, digits and "_", ".", "/", "-"')),
        v.union([v.pipe(v.number(), v.minValue(0)), ranges], 'must be a number, or ranges like ["31000-32000"]'),
      ),
      v.description(
        'What it offers: cpus, mem and disk in MiB, ports, others. They may grow, never shrink. Default: all cpus; the memory but for 1 GiB (half of a small one), rounded down to 256 MiB; ports 31000-32000; of the disk what Mesos finds, all but 5 GB.',
      ),
    ),
    {},
  ),
  reconfigurationPolicy: v.optional(
    v.pipe(
      v.picklist(['additive', 'equal']),
      v.description(
        'What an agent that comes back may have become: more than it was, or just the same. Its default is "equal"; once changed to "additive", it stays.',
      ),
    ),
    'additive',
  ),
  isolation: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[\w/]+$/, 'an isolator like "cgroups/cpu"'))),
      v.minLength(1),
      v.description(
        'How tasks without Docker are kept apart. Default: cgroups/cpu and cgroups/mem on cgroup v1, where the program aborts with its own default; else its own.',
      ),
    ),
  ),
  launcher: v.optional(v.pipe(v.picklist(['linux', 'posix']), v.description('Its default.')), 'linux'),
  executorRegistrationTimeout: v.optional(
    duration(
      'How long a task may take to start, the pull of its image included. Its default of 1mins is too short for that. Not longer than vars.marathon.taskLaunchTimeout.',
    ),
    '10mins',
  ),
  executorShutdownGracePeriod: v.optional(
    duration(
      'Until a task that does not end is killed, where it says nothing itself. Its default is 5secs; as long as the longest kill grace of an app.',
    ),
    '90secs',
  ),
  dockerRemoveDelay: v.optional(
    duration('After which a container that has ended is removed. Its default is 6hrs.'),
    '1hrs',
  ),
  gcDelay: v.optional(duration("How long tasks' sandboxes stay, at most. Its default is 1weeks."), '2days'),
  credential: v.optional(v.pipe(credential, v.description('How it logs in at the masters. Default: it does not.'))),
  flags: flagsAttribute({
    program: 'mesos-agent',
    table: agentFlags,
    own: {
      master: 'it follows from the hosts that run ZooKeeper and vars.mesos',
      work_dir: 'write vars.mesos-agent.workDir',
      log_dir: 'write vars.mesos.logDir',
      ip: "it is the host's private address",
      port: 'it is 5051',
      hostname: 'write vars.mesos-agent.hostname',
      hostname_lookup: 'the hostname is always given',
      containerizers: 'write vars.mesos-agent.containerizers',
      attributes: 'write vars.mesos-agent.attributes',
      resources: 'write vars.mesos-agent.resources',
      reconfiguration_policy: 'write vars.mesos-agent.reconfigurationPolicy',
      isolation: 'write vars.mesos-agent.isolation',
      launcher: 'write vars.mesos-agent.launcher',
      systemd_enable_support: 'with it the agent does not start on cgroup v2; its unit keeps tasks alive without it',
      executor_registration_timeout: 'write vars.mesos-agent.executorRegistrationTimeout',
      executor_shutdown_grace_period: 'write vars.mesos-agent.executorShutdownGracePeriod',
      docker_remove_delay: 'write vars.mesos-agent.dockerRemoveDelay',
      gc_delay: 'write vars.mesos-agent.gcDelay',
      network_cni_config_dir: 'Docker tasks die without it, so it is always given',
      network_cni_plugins_dir: 'Docker tasks die without it, so it is always given',
      credential: 'write vars.mesos-agent.credential',
      help: 'it ends the program',
      version: 'it ends the program',
    },
    never: {
      enable_cgroupsv2: 'the program does not know it (ClusterD only declared it), and would not start',
      checkpoint: 'it is gone since Mesos 0.22, and the agent would not start',
      docker_stop_timeout: "it is of no effect any more: an app's own kill grace counts",
    },
  }),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
