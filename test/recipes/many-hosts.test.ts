/** What the checks of recipes cost grows with the hosts of an inventory, not with their square. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cluster } from '../../src/index.ts'
import { recipesOf } from '../../src/model/recipes-of.ts'
import { stack } from './support.ts'

const test = suite('many hosts')

/** How often all checks of a cluster go through the list of its hosts. */
function walks(cluster: Cluster): number {
  let walks = 0
  const counted: Cluster = {
    ...cluster,
    get hosts() {
      walks += 1
      return cluster.hosts
    },
  }
  for (const recipe of new Set(cluster.hosts.flatMap((host) => recipesOf(host, cluster.roles)))) {
    recipe.check?.(counted)
    for (const host of cluster.hosts)
      if (recipesOf(host, cluster.roles).includes(recipe)) recipe.listens?.(host, counted)
  }
  return walks
}

test('the list of hosts is gone through as often for 40 slaves as for 4', () => {
  assert.is(walks(stack({ slaves: 40 })), walks(stack({ slaves: 4 })))
})

test.run()
