import type { Front } from '../../balancing/clash.ts'
import type { Definition } from '../../clients/marathon-answers.ts'
import { list } from '../../lib/json.ts'
import { absolute } from '../app/place.ts'

/**
 * What would break if an app were removed, one sentence per reference to it. Pure.
 * @param service its name in Consul; undefined if it is not behind the HAProxies
 * @param others the other apps
 */
export function references(
  id: string,
  service: string | undefined,
  others: readonly Definition[],
  fronts: readonly Front[],
): readonly string[] {
  const alone = (group: string): boolean => !others.some((each) => String(each.id).startsWith(`${group}/`))
  // a group exists for as long as it has an app
  const isIt = (path: string): boolean => path === id || (id.startsWith(`${path}/`) && alone(path))
  const dependents = others
    .filter((app) => list(app.dependencies).some((each) => isIt(absolute(String(each), String(app.id)))))
    .map((app) => `${app.id} depends on it (dependencies): remove that from its definition first, or remove ${app.id}`)
  const named = fronts.flatMap(({ host, defaultBackend, critical }) => {
    const variables = [
      ...(defaultBackend === service ? ['defaultBackend'] : []),
      ...(service !== undefined && critical.includes(service) ? ['critical'] : []),
    ]
    return service === undefined
      ? []
      : variables.map(
          (name) => `vars.haproxy.${name} of ${host} names ${service}: change it and run provision apply first`,
        )
  })
  return [...dependents, ...named]
}
