import * as v from 'valibot'
import type { CLOUDS } from '../../model/cloud.ts'
import { text, texts, whole } from '../fields/words.ts'

const volume = v.object({
  gb: whole(1, 65_536, 'Size in GB.'),
  type: v.exactOptional(
    v.pipe(v.picklist(['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1']), v.description('Kind of disk; default gp3.')),
  ),
  iops: v.exactOptional(whole(100, 256_000, 'Operations per second.')),
  throughput: v.exactOptional(whole(125, 2000, 'MiB per second.')),
})

/** An instance's settings: for all hosts, for a role, or for a host. */
const instance = {
  image: v.exactOptional(
    v.pipe(
      v.union([
        v.pipe(
          v.string(),
          v.regex(
            /^(debian-12|debian-13|ubuntu-24\.04|ami-[0-9a-f]{8,17}|resolve:ssm:\/[\w./-]+)$/,
            'is not an image: write debian-12, debian-13, ubuntu-24.04, "ami-…" or "resolve:ssm:/…"',
          ),
        ),
        v.object({
          ssm: v.pipe(v.string(), v.regex(/^\/[\w./-]+$/, 'is not the name of a parameter: write "/aws/service/…"')),
        }),
      ]),
      v.description(
        'debian-12 (default), debian-13, ubuntu-24.04, "ami-…", or "resolve:ssm:/…", the name of a parameter that holds the id.',
      ),
    ),
  ),
  type: v.exactOptional(text('Instance type: "t3.medium".')),
  rootGb: v.exactOptional(whole(1, 16_384, 'Size of the root disk in GB; default 20.')),
  volumes: v.exactOptional(v.pipe(v.array(volume), v.description('Further disks.'))),
  subnets: v.exactOptional(texts('Subnets; hosts are spread over their zones.')),
  securityGroups: v.exactOptional(texts('Ids of the security groups.')),
  spot: v.exactOptional(
    v.pipe(v.boolean(), v.description('A spot instance, which may be taken away at any time; not for quorums.')),
  ),
  instanceProfile: v.exactOptional(text('Name of the instance profile.')),
  metadataHops: v.exactOptional(
    whole(1, 64, 'How many hops answers of the metadata service may go; default 1, which keeps it from containers.'),
  ),
  address: v.exactOptional(
    v.pipe(
      v.picklist(['private', 'public']),
      v.description('Which of its addresses SSH connects to; default private.'),
    ),
  ),
  balancers: v.exactOptional(
    v.pipe(
      v.array(
        v.union([
          v.pipe(
            v.string(),
            v.regex(/^arn:[a-z-]+:elasticloadbalancing:[^ ]+:targetgroup\/[^ ]+$/, 'is not the ARN of a target group'),
          ),
          v.object({ classic: text('Name of a classic load balancer.') }),
        ]),
      ),
      v.description('What it is a target of while it is green: ARNs of target groups, or { "classic": NAME }.'),
    ),
  ),
  loginKey: v.exactOptional(
    text(
      'File of the public key that may log in, relative to this file; default: beside ssh.identityFile, else ~/.ssh/id_ed25519.pub.',
    ),
  ),
}

const account = v.object({
  cluster: v.pipe(
    v.string(),
    v.regex(
      /^[a-z0-9][a-z0-9-]{0,40}$/,
      'is not a name for a cluster: write lower-case letters, digits and dashes, at most 41',
    ),
    v.description("Tells this cluster's instances from all others of the account."),
  ),
  region: v.exactOptional(text('Region; default: the environment and ~/.aws/config.')),
  profile: v.exactOptional(
    text('Profile of ~/.aws/config; default: AWS_PROFILE, else the credentials that there are.'),
  ),
  ...instance,
})

/** The hosts' cloud, its account, and the settings of all instances. */
export const cloudSchema = v.pipe(
  v.object({
    aws: v.exactOptional(v.pipe(account, v.description('Amazon EC2.'))),
    sandbox: v.exactOptional(
      v.pipe(
        account,
        v.description(
          'Hosts of the sandbox on this machine; of the settings only image, subnets and address mean anything.',
        ),
      ),
    ),
  } satisfies Record<(typeof CLOUDS)[number], unknown>),
  v.description('The cloud that hosts are launched in, and what all its instances have in common.'),
)

/**
 * What identifies instances of others; at least one is required. The JSON Schema requires the same (scripts/schema.ts).
 */
export const KNOWN_BY = ['group', 'tags'] as const

/** Which instances of others become hosts of a role. */
const discover = v.object({
  group: v.exactOptional(text('Name of an auto-scaling group, whose members they are.')),
  tags: v.exactOptional(
    v.pipe(
      v.record(v.pipe(v.string(), v.nonEmpty('must not be empty')), v.string()),
      v.description('Tags that they have, all of them.'),
    ),
  ),
  roles: v.exactOptional(texts('Roles of such a host, in order; default: this one alone.')),
})

/** The settings of a role's instances. */
export const roleCloudSchema = v.pipe(
  v.object({
    ...instance,
    discover: v.exactOptional(
      v.pipe(discover, v.description('Instances that others launched, which become hosts of the role.')),
    ),
  }),
  v.description('Instances of hosts of the role.'),
)

/** A host's own cloud settings, or `true`. */
export const hostCloudSchema = v.pipe(
  v.union([v.boolean(), v.object(instance)]),
  v.description('true: the host is launched in the cloud; or what its instance has of its own.'),
)
