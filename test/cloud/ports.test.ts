import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recipesOf } from '../../src/model/recipes-of.ts'
import { stack } from '../recipes/support.ts'

// The table of ports in docs/cloud.md, against where the recipes of a whole cluster say that they listen.
const test = suite('ports that security groups must allow')
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cloud.md'), 'utf8')

/** "80 and 8081", "31000-32000" or "8301, also UDP": the first port of each. */
const portsIn = (cell: string): readonly string[] => {
  const ports = [...cell.matchAll(/(\d+)(?:-\d+)?/g)].map(([, port]) => `${port}`)
  return [...ports, ...(cell.includes('UDP') ? ports.map((port) => `${port}/udp`) : [])]
}

/** The ports in the table, by what listens there. */
const told = new Map(
  [...page.matchAll(/^\| ([\d, A-Za-z-]+) \| ([^|]+) \| from [^|]+ \|$/gm)].map(([, ports = '', who = '']) => [
    who,
    portsIn(ports),
  ]),
)

/** Where the recipes of a cluster listen for others, by recipe. */
function listening(): ReadonlyMap<string, ReadonlySet<string>> {
  const cluster = stack()
  const found = new Map<string, Set<string>>()
  for (const host of cluster.hosts)
    for (const { name, listens } of recipesOf(host, cluster.roles))
      for (const { port, udp, address } of listens?.(host, cluster) ?? []) {
        if (address === '127.0.0.1') continue
        const of = found.get(name) ?? new Set()
        found.set(name, of.add(`${port}${udp === true ? '/udp' : ''}`))
      }
  return found
}

test('the table has every port of a cluster, and no other', () => {
  const known = [...listening().values()].flatMap((ports) => [...ports])
  const documented = [...told.values()].flat().filter((port) => port !== '22')
  assert.equal([...new Set(documented)].sort(), [...new Set(known)].sort())
})

/** How the table calls recipes. */
const NAMES: Readonly<Record<string, string>> = {
  zookeeper: 'ZooKeeper',
  'mesos-master': 'Mesos masters',
  marathon: 'Marathon',
  'mesos-agent': 'slaves: Mesos',
  haproxy: 'slaves: HAProxy',
}
for (const [recipe, name] of Object.entries(NAMES))
  test(`those of ${recipe}`, () => {
    const documented = [...told].flatMap(([who, ports]) => (who.startsWith(name) ? ports : []))
    assert.equal(documented.sort(), [...(listening().get(recipe) ?? [])].sort())
  })

test.run()
