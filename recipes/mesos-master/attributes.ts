import * as v from 'valibot'
import { hostname, path } from '../common/attributes.ts'
import { allowEven } from '../common/membership.ts'
import { credential } from '../mesos/credential.ts'
import { duration, flagsAttribute } from '../mesos/flags.ts'
import { masterFlags } from '../mesos/master-flags.ts'

/** The recipe's variables. Mesos' own: https://mesos.apache.org/documentation/latest/configuration/master/. */
export const attributes = v.strictObject({
  quorum: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description(
        'Number of masters that must agree. Default: a majority. Set it only while changing the number of masters; see below.',
      ),
    ),
  ),
  cluster: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w .-]+$/, 'a plain name'),
      v.description('Display name in the web UI. Default: none.'),
    ),
  ),
  hostname: v.optional(
    hostname('Advertised host name; clients that follow redirects must resolve it. Default: the private address.'),
  ),
  workDir: v.optional(
    path('Directory of the replicated log, which holds the registry of agents. It is never moved automatically.'),
    '/var/lib/mesos/master',
  ),
  agentPingTimeout: v.optional(duration('Time to wait for the answer to a ping of an agent.'), '15secs'),
  maxAgentPingTimeouts: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description(
        "Unanswered pings after which an agent is lost and its tasks start elsewhere. 20 (5 min, as in DC/OS) survives a reboot; Mesos' own default is 5 (75 s).",
      ),
    ),
    20,
  ),
  agentReregisterTimeout: v.optional(
    duration('Time that agents have to re-register after a failover; 10mins is the minimum.'),
    '10mins',
  ),
  offerTimeout: v.optional(
    duration("Time after which an unanswered offer is rescinded. Mesos' own default is never."),
    '2mins',
  ),
  zkSessionTimeout: v.optional(
    duration('ZooKeeper session timeout: how long a leader may be silent before another one takes over.'),
    '10secs',
  ),
  authenticateAgents: v.optional(v.pipe(v.boolean(), v.description('Only authenticated agents may register.')), false),
  authenticateFrameworks: v.optional(
    v.pipe(v.boolean(), v.description('Only authenticated frameworks (Marathon) may register.')),
    false,
  ),
  authenticateHttp: v.optional(
    v.pipe(v.boolean(), v.description('HTTP requests must be authenticated. This requires `operator`.')),
    false,
  ),
  credentials: v.optional(
    v.pipe(v.array(credential), v.description('Accepted logins: agents, frameworks, people. Default: none.')),
    [],
  ),
  operator: v.optional(
    v.pipe(credential, v.description('Login of provision itself, for health checks and draining. Default: none.')),
  ),
  acls: v.optional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.description("Access control, as Mesos' own JSON. Default: everybody may do everything."),
    ),
  ),
  allowEven,
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
