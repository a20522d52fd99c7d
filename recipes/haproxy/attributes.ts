import * as v from 'valibot'
import { whole } from '../common/attributes.ts'
import { site } from './site.ts'

const service = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]+$/, 'the name of a service in Consul: letters, digits, "-", "_"'),
)

/** The recipe's variables. "Measured" refers to the run of the whole chain that lost no request. */
export const attributes = v.strictObject({
  fallback: v.optional(
    v.pipe(
      v.picklist(['others', 'none']),
      v.description(
        'What answers on a slave without a usable task of its own: tasks on other slaves, as backups (without them, 65 to 175 requests were lost whenever a slave had no task), or nothing.',
      ),
    ),
    'others',
  ),
  defaultBackend: v.optional(
    v.pipe(
      service,
      v.description(
        'The service (label lb.name, or the app id) for requests that match no lb.host or lb.path. Default: the only app; with several, none, and 503.',
      ),
    ),
  ),
  critical: v.optional(
    v.pipe(
      v.union([v.literal('default'), v.array(service)]),
      v.description(
        'Services without which /haproxy-health answers 503: if no task of one accepts connections anywhere, the slave leaves the load balancer. Default: the default backend; 503 if no app is registered at all.',
      ),
    ),
    'default',
  ),
  maxconn: v.optional(
    whole(
      100,
      1_000_000,
      'Maximum concurrent connections. Each needs two open files; a host that allows fewer has fewer connections. The default fits where 20 000 are allowed.',
    ),
    9000,
  ),
  serverMaxconn: v.optional(
    whole(1, 100_000, 'Maximum concurrent requests per task; more wait for up to 10 s. (Measured.)'),
    100,
  ),
  clientSeconds: v.optional(
    whole(
      1,
      86_400,
      "Seconds to keep an idle client connection. Longer than an ELB's 60 s, because the ELB must be the one to close it. (Measured.)",
    ),
    75,
  ),
  serverSeconds: v.optional(whole(1, 86_400, 'Seconds that a task may take to answer. (Measured.)'), 60),
  hardStopSeconds: v.optional(
    whole(
      1,
      86_400,
      'Seconds after a reload until the old worker ends what it still has: downloads, uploads, WebSockets. Less than clientSeconds + 15 counts as that, because a load balancer may still use an idle connection for that long.',
    ),
    300,
  ),
  healthPort: v.optional(
    whole(1, 65_535, 'Additional port for /haproxy-health, for load balancers that check a port other than 80.'),
    8081,
  ),
  leaveSeconds: v.optional(
    whole(
      0,
      3600,
      'Seconds from the first failed health check until the load balancer in front sends nothing more: its interval times its number of checks. A turn that interrupts HAProxy waits for so long.',
    ),
    10,
  ),
  ...site,
  packageVersion: v.optional(
    v.pipe(
      v.string(),
      v.description("Version of the package haproxy, in apt's form. Default: the installed one, else the newest."),
    ),
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
