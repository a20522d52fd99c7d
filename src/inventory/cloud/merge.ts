import { isIP } from 'node:net'
import type { Fault } from '../../lib/check.ts'
import { isObject, type Json, object, text } from '../../lib/json.ts'
import { list } from '../../lib/units.ts'
import { CLOUDS, type CloudAccount, type CloudHost, type CloudName } from '../../model/cloud.ts'
import type { Recipe } from '../../model/recipe.ts'
import type { Ledger } from './ledger.ts'

const DEFAULTS = {
  image: 'debian-12',
  rootGb: 20,
  volumes: [],
  subnets: [],
  securityGroups: [],
  spot: false,
  metadataHops: 1,
  balancers: [],
  address: 'private',
} as const

/** The required settings of each cloud. */
const NEEDED: Readonly<Record<CloudName, readonly (keyof CloudHost)[]>> = {
  aws: ['type', 'subnets', 'securityGroups'],
  sandbox: [],
}

/** Is it a host in a cloud? */
const isInCloud = (host: Json): boolean => host.cloud === true || isObject(host.cloud)

/** The clouds that an inventory configures for all hosts. */
export const clouds = (file: Json): readonly CloudName[] => CLOUDS.filter((name) => isObject(object(file.cloud)[name]))

/** The cloud account of the hosts, if the file names a cloud. */
export function accountOf(file: Json): CloudAccount | undefined {
  const [provider] = clouds(file)
  if (provider === undefined) return undefined
  const { cluster, region, profile } = object(object(file.cloud)[provider])
  return { provider, cluster: text(cluster), ...texts({ region, profile }) }
}

const texts = (values: Json): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((each): each is [string, string] => typeof each[1] === 'string'))

/**
 * The settings of a host's instance, merged one by one: all < role (in the host's order) < host. Undefined if the host
 * is in no cloud, or nothing says in which.
 */
export function cloudOf(file: Json, host: Json, roles: readonly string[]): CloudHost | undefined {
  const [provider] = clouds(file)
  if (provider === undefined || !isInCloud(host)) return undefined
  const all = object(object(file.cloud)[provider])
  const layers = [all, ...roles.map((role) => object(object(object(file.roles)[role]).cloud)), object(host.cloud)]
  const { discover: _, ...merged }: Json = Object.assign({}, DEFAULTS, ...layers)
  const { ssm } = object(merged.image)
  const image = typeof ssm === 'string' ? { image: `resolve:ssm:${ssm}` } : {}
  const stated = typeof host.privateAddress === 'string' ? { privateAddress: host.privateAddress } : {}
  return Object.freeze({ ...merged, ...image, ...stated, provider, cluster: text(all.cluster) }) as unknown as CloudHost
}

/** The mistakes in the file's cloud settings. */
export function cloudFaults(file: Json, ledger: Ledger | undefined): Fault[] {
  const named = clouds(file)
  const [provider = ''] = named
  const cluster = text(object(object(file.cloud)[provider]).cluster)
  const isOfSome = ledger !== undefined && Object.keys(ledger.hosts).length > 0
  if (isOfSome && named.length === 1 && (ledger.provider !== provider || ledger.cluster !== cluster))
    return [
      {
        path: ['cloud', provider, 'cluster'],
        message: `is "${cluster}", and the file of instances beside it is of "${ledger.cluster}" (${ledger.provider}): terminate those, or take that file away`,
      },
    ]
  const hosts = Object.entries(object(file.hosts)).filter(([, host]) => isInCloud(object(host)))
  if (named.length > 1)
    return [{ path: ['cloud'], message: `names ${named.join(' and ')}: the hosts of one inventory are in one cloud` }]
  if (named.length === 1 || file.cloud !== undefined) return []
  return hosts.map(([name]) => ({
    path: ['hosts', name, 'cloud'],
    message: 'no cloud is named: write "cloud": { "aws": { "cluster": … } } for all hosts',
  }))
}

/** A quorum needs a majority of its members to serve, so they must all be known before the first one launches. */
export const isQuorum = ({ rolling }: Recipe): boolean => rolling !== undefined && rolling.unavailable === undefined

/** The mistakes in one host's cloud settings. */
export function hostCloudFaults(
  name: string,
  host: Json,
  cloud: CloudHost | undefined,
  recipes: readonly Recipe[],
): Fault[] {
  if (!cloud) return []
  const at = ['hosts', name]
  const lacking = NEEDED[cloud.provider].filter(
    (key) => cloud[key] === undefined || (Array.isArray(cloud[key]) && cloud[key].length === 0),
  )
  const faults: Fault[] = []
  if (lacking.length > 0)
    faults.push({
      path: [...at, 'cloud'],
      message: `lacks ${list(lacking)}: write it here, for a role or for all hosts`,
    })
  const quorum = recipes.find(isQuorum)?.name
  const { privateAddress } = host
  if (quorum !== undefined && privateAddress === undefined)
    faults.push({
      path: [...at, 'privateAddress'],
      message: `is missing: the members of ${quorum} know each other by it before they are launched`,
    })
  if (typeof privateAddress === 'string' && isIP(privateAddress) === 0)
    faults.push({ path: [...at, 'privateAddress'], message: 'must be an IP address: the instance is given it' })
  if (quorum !== undefined && cloud.spot)
    faults.push({
      path: [...at, 'cloud'],
      message: `is a spot instance, which may be taken away at any time, and a member of the quorum of ${quorum}`,
    })
  return faults
}
