import * as v from 'valibot'
import { PORTS, secret } from '../../src/index.ts'
import { hasPort, NO_PORT, whole } from '../common/attributes.ts'

const url = (text: string) =>
  v.pipe(
    v.string(),
    v.regex(/^https?:\/\/[^\s/]+$/, 'a URL like http://10.0.0.11:8080'),
    v.check(hasPort, NO_PORT),
    v.description(text),
  )

/** The recipe's variables. "Measured" refers to the run of the whole chain that lost no request. */
export const attributes = v.strictObject({
  cluster: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9][a-z0-9-]*$/, 'a name of lower-case letters, digits and "-"'),
      v.description(
        'Part of the ID of every service that it registers, so that it recognises its own, and HAProxy sends to no others. Must be the same on all slaves, and another one for each cluster in the same Consul. If it changes, services of the old name stay until somebody removes them.',
      ),
    ),
    'main',
  ),
  marathon: v.optional(
    v.pipe(
      v.array(url('http://ADDRESS:PORT')),
      v.minLength(1),
      v.description(
        'All instances of Marathon. Default: port 8080 of every host with the recipe marathon, by private address.',
      ),
    ),
  ),
  credentials: v.optional(
    secret({
      description: 'user:password for Marathon. Default: that of the recipe marathon, if any.',
    }),
  ),
  caFile: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(\/[\w.-]+)+$/, 'an absolute path'),
      v.description(
        "Path on the host of the CA certificate, if Marathon's certificate is not signed by a public CA. Default: none.",
      ),
    ),
  ),
  hostnames: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[\w.:-]+$/, 'a name or an address'))),
      v.description(
        "Names by which Marathon knows this slave, used while its Mesos agent does not answer. Default: mesos-agent.hostname, the private address and the host's name.",
      ),
    ),
  ),
  agent: v.optional(url('The Mesos agent of this host. Default: port 5051 at the private address.')),
  consul: v.optional(url('The Consul agent of this host.'), `http://127.0.0.1:${PORTS.consul}`),
  consulToken: v.optional(
    secret({
      description:
        'Token for the Consul agent if ACLs are on: service:write for everything it registers. Default: none.',
    }),
  ),
  node: v.optional(
    v.pipe(
      v.union([
        v.literal('debian'),
        v.strictObject({
          tarball: v.pipe(
            v.string(),
            v.nonEmpty(),
            v.description(
              'URL, or path of a local file: node-vVERSION-linux-x64.tar.xz as https://nodejs.org/dist/vVERSION has it, or a mirror.',
            ),
          ),
          sha256: v.pipe(
            v.string(),
            v.regex(/(^|\s)[0-9a-fA-F]{64}(\s|$)/, 'a sum of 64 hexadecimal digits'),
            v.description('Its checksum: the line in SHASUMS256.txt next to it.'),
          ),
          version: v.pipe(
            v.string(),
            v.regex(/^\d+\.\d+\.\d+$/, 'a version like 20.19.5'),
            v.description('Its version: names the directory under /opt.'),
          ),
        }),
      ]),
      v.description(
        "The Node.js that runs it, 18 or later: Debian's or Ubuntu's package nodejs (the default), or an archive from nodejs.org.",
      ),
    ),
    'debian',
  ),
  reconcileSeconds: v.optional(
    whole(
      5,
      60,
      'Seconds between two queries of Marathon without an event. Health turns red after 90 s without a successful one.',
    ),
    30,
  ),
  debounceMs: v.optional(
    whole(
      1,
      10_000,
      'Milliseconds within which events are combined into one query. A random part of it is waited. (Measured.)',
    ),
    300,
  ),
  memoryMb: v.optional(
    whole(
      64,
      8192,
      'Memory limit in MiB. It normally uses 50, more with a large Marathon, whose answers it holds twice.',
    ),
    256,
  ),
})

/** The variables, with their defaults. */
export type Attributes = v.InferOutput<typeof attributes>
