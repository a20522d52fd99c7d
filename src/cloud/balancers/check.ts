import { list } from '../../lib/units.ts'
import { type Balancer, balancerKey, type CloudHost } from '../../model/cloud.ts'
import { balancersOf, type Ground } from '../ground.ts'
import { CloudError, type Place } from '../provider.ts'
import { shortName } from './targets.ts'

/** A host that will be launched, and where. */
interface Wanted {
  readonly host: { readonly cloud: CloudHost }
  readonly place: Place
}

/** What is wrong with one balancer for its hosts. @throws CloudError */
async function wrongWith(ground: Ground, balancer: Balancer, wanted: readonly Wanted[]): Promise<string | undefined> {
  try {
    const { name, network } = await balancersOf(ground).look(balancer)
    const apart = wanted.filter(({ place }) => network !== undefined && (place.network ?? network) !== network)
    if (apart.length === 0) return undefined
    const subnets = [...new Set(apart.map(({ place }) => place.subnet))]
    return `${name} is in ${network}, and ${list(subnets)} in ${apart[0]?.place.network}: a balancer takes hosts of its own network only`
  } catch (error) {
    if (!(error instanceof CloudError) || error.failure !== 'refused') throw error
    return `${shortName(balancerKey(balancer))}: ${error.message}`
  }
}

/** What is wrong with the balancers of hosts that will be launched, before they are. @throws CloudError */
export async function unfit(ground: Ground, wanted: readonly Wanted[]): Promise<readonly string[]> {
  const all = new Map(wanted.flatMap(({ host }) => host.cloud.balancers.map((each) => [balancerKey(each), each])))
  const said = await Promise.all(
    [...all].map(([key, balancer]) =>
      wrongWith(
        ground,
        balancer,
        wanted.filter(({ host }) => host.cloud.balancers.some((each) => balancerKey(each) === key)),
      ),
    ),
  )
  return said.filter((each) => each !== undefined)
}
