import * as v from 'valibot'
import { PORTS, secret } from '../../src/index.ts'

const duration = (text: string) =>
  v.pipe(v.string(), v.regex(/^\d+(ms|s|m)$/, 'a time like 250ms or 2s'), v.description(text))

/** The recipe's variables. What is rendered, for whom, is said by those of haproxy. */
export const attributes = v.strictObject({
  source: v.pipe(
    v.strictObject({
      zip: v.pipe(
        v.string(),
        v.description(
          'URL, or path of a local file: consul-template_VERSION_linux_amd64.zip as https://releases.hashicorp.com/consul-template/VERSION has it, or a mirror. Another kind of archive is fine where its name says which.',
        ),
      ),
      sha256: v.pipe(
        v.string(),
        v.regex(/(^|\s)[0-9a-fA-F]{64}(\s|$)/, 'a sum of 64 hexadecimal digits'),
        v.description('Its sum: the line of consul-template_VERSION_SHA256SUMS beside it.'),
      ),
      version: v.pipe(
        v.string(),
        v.regex(/^\d+\.\d+\.\d+[\w.+-]*$/, 'a version like 0.42.1'),
        v.description('Its version: names the directory under /opt. 0.41 and later are known to work.'),
      ),
    }),
    v.description('Where it comes from. No distribution has it, and a sum cannot be known beforehand.'),
  ),
  consul: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.:[\]-]+:\d+$/, 'an address with a port'),
      v.description("The Consul agent's HTTP address. Default: the one on the host."),
    ),
    `127.0.0.1:${PORTS.consul}`,
  ),
  token: v.optional(
    secret({
      description:
        'Token for Consul where its ACLs are on: service:read and node:read of all, agent:read of its own, key:read of lb/. Default: none.',
    }),
  ),
  wait: v.optional(
    v.pipe(
      v.strictObject({
        min: v.optional(
          duration(
            'Shortest time between a change and its render: several that come together are one reload. Measured; its own advice of 2s costs 1.7 s.',
          ),
          '250ms',
        ),
        max: v.optional(duration('Longest, while changes do not end. Measured.'), '2s'),
      }),
      v.description('How long it waits for Consul to be quiet.'),
    ),
    {},
  ),
  logLevel: v.optional(
    v.pipe(
      v.picklist(['warn', 'info', 'debug', 'trace']),
      v.description('How much it tells the journal. Its default is warn.'),
    ),
    'warn',
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
