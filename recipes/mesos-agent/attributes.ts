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

/** The recipe's variables. Mesos' own: https://mesos.apache.org/documentation/latest/configuration/agent/. */
export const attributes = v.strictObject({
  hostname: v.optional(
    hostname('Advertised host name, also of its tasks. It can never change. Default: the private address.'),
  ),
  workDir: v.optional(
    path("Directory of the agent's state: its identity and its tasks. It is never moved automatically."),
    '/var/lib/mesos/agent',
  ),
  containerizers: v.optional(
    v.pipe(
      v.array(v.picklist(['docker', 'mesos'])),
      v.minLength(1),
      v.description('Containerizers for tasks; the first suitable one is used.'),
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
        'Attributes for constraints (rack, zone). They can be added, but not changed or removed. Default: none.',
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
        'Offered resources: cpus, mem and disk in MiB, ports, others. They can grow, but never shrink. Default: all cpus; all memory but 1 GiB (or half, if small), rounded down to 256 MiB; ports 31000-32000; the disk as Mesos detects it, all but 5 GB.',
      ),
    ),
    {},
  ),
  reconfigurationPolicy: v.optional(
    v.pipe(
      v.picklist(['additive', 'equal']),
      v.description(
        'Whether a restarted agent may have gained resources and attributes ("additive") or must be unchanged ("equal", Mesos\' own default). "additive" cannot be undone.',
      ),
    ),
    'additive',
  ),
  isolation: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[\w/]+$/, 'an isolator like "cgroups/cpu"'))),
      v.minLength(1),
      v.description(
        "Isolation of tasks outside Docker. Default: cgroups/cpu and cgroups/mem on cgroup v1, where Mesos' own default aborts; else Mesos' own.",
      ),
    ),
  ),
  launcher: v.optional(v.pipe(v.picklist(['linux', 'posix']), v.description('How tasks are launched.')), 'linux'),
  executorRegistrationTimeout: v.optional(
    duration(
      "How long a task may take to start, including the image pull, for which Mesos' own default of 1mins is too short. Must not exceed vars.marathon.taskLaunchTimeout.",
    ),
    '10mins',
  ),
  executorShutdownGracePeriod: v.optional(
    duration(
      "How long a task without a grace period of its own has to stop before it is killed. Make it as long as the longest kill grace of an app. Mesos' own default is 5secs.",
    ),
    '90secs',
  ),
  dockerRemoveDelay: v.optional(
    duration("Time after which a stopped container is removed. Mesos' own default is 6hrs."),
    '1hrs',
  ),
  gcDelay: v.optional(duration("Maximum time to keep tasks' sandboxes. Mesos' own default is 1weeks."), '2days'),
  credential: v.optional(v.pipe(credential, v.description('Login at the masters. Default: none.'))),
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
