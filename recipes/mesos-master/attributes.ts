import * as v from 'valibot'
import { hostname, path } from '../common/attributes.ts'
import { credential } from '../mesos/credential.ts'
import { duration, flagsAttribute } from '../mesos/flags.ts'
import { masterFlags } from '../mesos/master-flags.ts'

/**
 * The recipe's variables. Mesos' own: https://mesos.apache.org/documentation/latest/configuration/master/. "Its
 * default" below is what that says.
 */
export const attributes = v.strictObject({
  quorum: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description(
        'How many masters must agree. Default: more than half of them. Given only on the way to more or fewer masters, see below.',
      ),
    ),
  ),
  cluster: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w .-]+$/, 'a plain name'),
      v.description('A name for people, in the web interface. Default: none.'),
    ),
  ),
  hostname: v.optional(
    hostname(
      'What the master calls itself, which all who follow its redirects must resolve. Default: the private address.',
    ),
  ),
  workDir: v.optional(
    path('The replicated log: the registry of agents. Moved by nobody but a person.'),
    '/var/lib/mesos/master',
  ),
  agentPingTimeout: v.optional(duration('Its default.'), '15secs'),
  maxAgentPingTimeouts: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description(
        'After so many pings without an answer an agent is lost and its tasks are started elsewhere. Its default is 5 (75 s); 20 (5 min) bears the restart of a host, as DC/OS has it.',
      ),
    ),
    20,
  ),
  agentReregisterTimeout: v.optional(
    duration('How long agents may take to come back after a failover; its default, and its least.'),
    '10mins',
  ),
  offerTimeout: v.optional(
    duration('After which an offer that nobody answers is taken back. Its default is to wait for ever.'),
    '2mins',
  ),
  zkSessionTimeout: v.optional(
    duration('How long a leader may be silent before another one takes over; its default.'),
    '10secs',
  ),
  authenticateAgents: v.optional(
    v.pipe(v.boolean(), v.description('Only agents that log in may register. Its default.')),
    false,
  ),
  authenticateFrameworks: v.optional(
    v.pipe(v.boolean(), v.description('Only schedulers that log in (Marathon) may register. Its default.')),
    false,
  ),
  authenticateHttp: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Only those who log in may ask anything by HTTP. Then `operator` is needed. Its default.'),
    ),
    false,
  ),
  credentials: v.optional(
    v.pipe(v.array(credential), v.description('Who may log in: agents, schedulers, people. Default: nobody.')),
    [],
  ),
  operator: v.optional(
    v.pipe(
      credential,
      v.description('Who provision is to the masters, for health and for draining agents. Default: nobody.'),
    ),
  ),
  acls: v.optional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.description("Who may do what: Mesos' own JSON. Default: everybody everything."),
    ),
  ),
  allowEven: v.optional(
    v.pipe(v.boolean(), v.description('Accept an even number of masters, while their number changes.')),
    false,
  ),
  flags: flagsAttribute({
    program: 'mesos-master',
    table: masterFlags,
    own: {
      zk: 'it follows from the hosts that run ZooKeeper and vars.mesos',
      quorum: 'write vars.mesos-master.quorum',
      work_dir: 'write vars.mesos-master.workDir',
      log_dir: 'write vars.mesos.logDir',
      cluster: 'write vars.mesos-master.cluster',
      hostname: 'write vars.mesos-master.hostname',
      hostname_lookup: 'the hostname is always given',
      ip: "it is the host's private address",
      port: 'it is 5050',
      agent_ping_timeout: 'write vars.mesos-master.agentPingTimeout',
      max_agent_ping_timeouts: 'write vars.mesos-master.maxAgentPingTimeouts',
      agent_reregister_timeout: 'write vars.mesos-master.agentReregisterTimeout',
      offer_timeout: 'write vars.mesos-master.offerTimeout',
      zk_session_timeout: 'write vars.mesos-master.zkSessionTimeout',
      authenticate_agents: 'write vars.mesos-master.authenticateAgents',
      authenticate_frameworks: 'write vars.mesos-master.authenticateFrameworks',
      authenticate_http_readonly: 'write vars.mesos-master.authenticateHttp',
      authenticate_http_readwrite: 'write vars.mesos-master.authenticateHttp',
      credentials: 'write vars.mesos-master.credentials',
      acls: 'write vars.mesos-master.acls',
      help: 'it ends the program',
      version: 'it ends the program',
    },
    never: { enable_cgroupsv2: 'the program does not know it (ClusterD only declared it), and would not start' },
  }),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
