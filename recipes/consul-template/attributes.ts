import * as v from 'valibot'
import { PORTS, secret } from '../../src/index.ts'
import { hasPort, NO_PORT } from '../common/attributes.ts'

const duration = (text: string) =>
  v.pipe(v.string(), v.regex(/^\d+(ms|s|m)$/, 'a time like 250ms or 2s'), v.description(text))

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }
const milliseconds = (time: string): number => Number.parseInt(time, 10) * (UNITS[time.replace(/^\d+/, '')] ?? 1)

/** The recipe's variables. The variables of haproxy determine what it renders. */
export const attributes = v.strictObject({
  source: v.pipe(
    v.strictObject({
      zip: v.pipe(
        v.string(),
        v.nonEmpty(),
        v.description(
          'URL, or path of a local file: consul-template_VERSION_linux_amd64.zip as https://releases.hashicorp.com/consul-template/VERSION has it, or a mirror. Other archive types work if the name shows the type.',
        ),
      ),
      sha256: v.pipe(
        v.string(),
        v.regex(/(^|\s)[0-9a-fA-F]{64}(\s|$)/, 'a sum of 64 hexadecimal digits'),
        v.description('Its checksum: the line in consul-template_VERSION_SHA256SUMS next to it.'),
      ),
      version: v.pipe(
        v.string(),
        v.regex(/^\d+\.\d+\.\d+[\w.+-]*$/, 'a version like 0.42.1'),
        v.description('Its version: names the directory under /opt. 0.41 and later are known to work.'),
      ),
    }),
    v.description('Its source. No distribution packages it, and the checksum cannot be known in advance.'),
  ),
  consul: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.:[\]-]+:\d+$/, 'an address with a port'),
      v.check(hasPort, NO_PORT),
      v.description('HTTP address of the Consul agent.'),
    ),
    `127.0.0.1:${PORTS.consul}`,
  ),
  token: v.optional(
    secret({
      description:
        'Token for Consul if ACLs are on: service:read and node:read for everything, agent:read for its own, key:read for lb/. Default: none.',
    }),
  ),
  wait: v.optional(
    v.pipe(
      v.strictObject({
        min: v.optional(
          duration(
            'Minimum time from a change to its render, so that several changes cause one reload. (Measured: the recommended 2s costs 1.7 s.)',
          ),
          '250ms',
        ),
        max: v.optional(duration('Maximum time, while changes continue. (Measured.)'), '2s'),
      }),
      v.check(({ min, max }) => milliseconds(min) <= milliseconds(max), 'has a min that is longer than its max'),
      v.description('How long to wait for changes in Consul to settle.'),
    ),
    {},
  ),
  logLevel: v.optional(
    v.pipe(v.picklist(['warn', 'info', 'debug', 'trace']), v.description('Log level. The log goes to the journal.')),
    'warn',
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
