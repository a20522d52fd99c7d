import * as v from 'valibot'
import { whole } from '../common/attributes.ts'

const service = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]+$/, 'the name of a service in Consul: letters, digits, "-", "_"'),
)

/** The recipe's variables. "Measured" is the run of the whole chain that lost no request. */
export const attributes = v.strictObject({
  fallback: v.optional(
    v.pipe(
      v.picklist(['others', 'none']),
      v.description(
        "Who answers on a slave without a usable task of its own: the others' tasks, as backups (measured: without them 65 to 175 requests were lost whenever a slave had no task), or nobody.",
      ),
    ),
    'others',
  ),
  defaultBackend: v.optional(
    v.pipe(
      service,
      v.description(
        'The service (label lb.name, or the app id) that gets what no lb.host and lb.path means. Default: the only app; with several, none, and 503.',
      ),
    ),
  ),
  critical: v.optional(
    v.pipe(
      v.union([v.literal('default'), v.array(service)]),
      v.description(
        'Services without which /haproxy-health answers 503: one with no usable server, here or elsewhere, takes the slave out of the load balancer. Default: the default backend; and where no app is registered at all, 503.',
      ),
    ),
    'default',
  ),
  maxconn: v.optional(
    whole(
      100,
      1_000_000,
      'Connections at once. Each needs two file descriptors, and the unit is given 2 × maxconn + 1000. The default stays below the 20 000 that small hosts allow.',
    ),
    9000,
  ),
  serverMaxconn: v.optional(
    whole(1, 100_000, 'Requests at once to one task; more wait, for up to 10 s. Measured.'),
    100,
  ),
  clientSeconds: v.optional(
    whole(
      1,
      86_400,
      'Seconds that an idle connection of a client is kept. Longer than the 60 s of an ELB, which must be the one that closes. Measured.',
    ),
    75,
  ),
  serverSeconds: v.optional(whole(1, 86_400, 'Seconds that a task may take to answer. Measured.'), 60),
  healthPort: v.optional(
    whole(1, 65_535, 'Where /haproxy-health answers beside port 80: for load balancers that check another port.'),
    8081,
  ),
  packageVersion: v.optional(
    v.pipe(
      v.string(),
      v.description(
        "Version of the package haproxy, as apt writes it. Default: whatever is installed, else the distribution's newest.",
      ),
    ),
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
