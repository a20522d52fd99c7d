import { checkArgument } from '../../lib/check/options.ts'
import { check } from '../../lib/check.ts'
import { isObject } from '../../lib/json.ts'
import { showPath } from '../../lib/json-path.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Cluster, Role } from '../../model/recipe.ts'
import { makeCluster as clusterOf } from '../make-cluster.ts'
import { noSuch } from '../read-host.ts'
import { HOST_NAME, ssh } from '../schema.ts'

const OF = 'makeCluster'

/** @throws TypeError: one sentence about the first mistake */
function checkHost(host: unknown, at: string, roles: ReadonlyMap<string, Role>): void {
  checkArgument(OF, at, host, 'object!')
  const { name, address, privateAddress, roles: own, vars, ssh: login } = host as Partial<InventoryHost>
  for (const [key, text] of Object.entries({ name, address, privateAddress }))
    checkArgument(OF, `${at}.${key}`, text, 'text!')
  if (!HOST_NAME.test(name ?? ''))
    throw new TypeError(`${OF}: ${at}.name must be lower-case letters, digits and dashes, not ${JSON.stringify(name)}`)
  checkArgument(OF, `${at}.roles`, own, 'texts!')
  checkArgument(OF, `${at}.vars`, vars, 'object!')
  checkArgument(OF, `${at}.ssh`, login, 'object!')
  const stray = own?.find((role) => !roles.has(role))
  if (stray !== undefined) throw new TypeError(`${OF}: ${at}.roles: ${noSuch('role', stray, roles.keys())}`)
  const set = Object.fromEntries(
    Object.entries(isObject(login) ? login : {}).filter(([, value]) => value !== undefined),
  )
  const [fault] = check(ssh, set, 'property').faults
  if (fault) throw new TypeError(`${OF}: ${at}.${showPath(['ssh', ...fault.path])} ${fault.message}`)
}

/**
 * Makes a cluster of these hosts; the roles determine each host's recipes.
 * @throws TypeError if a host has no such properties, has a role that is not among these, or has the name of another
 */
export function makeCluster(hosts: readonly InventoryHost[], roles: ReadonlyMap<string, Role>): Cluster {
  checkArgument(OF, 'its first argument', hosts, 'list!')
  checkArgument(OF, 'its second argument', roles, 'map!')
  const names = hosts.map((host, i) => {
    checkHost(host, `hosts[${i}]`, roles)
    return host.name
  })
  const twin = names.find((name, i) => names.indexOf(name) < i)
  if (twin !== undefined) throw new TypeError(`${OF}: two hosts are named "${twin}"`)
  return clusterOf(hosts, roles)
}
