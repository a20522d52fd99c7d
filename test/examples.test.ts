// The original's two architectures, in docs/examples: each inventory is valid and every host of it can be compiled;
// each app is one of which nothing is refused, and the app of docs/deploy.md.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAppFile } from '../src/deploy/app/app-file.ts'
import { findings } from '../src/deploy/check/findings.ts'
import { compile } from '../src/engine/observe/compile.ts'
import { loadInventory } from '../src/project/load.ts'
import { hostOf } from './recipes/support.ts'

const test = suite('examples')
const root = join(import.meta.dirname, '..')
const folder = (name: string): string => join(root, 'docs/examples', name)

const MASTER = ['chrony', 'consul', 'docker', 'docker-prune', 'marathon', 'mesos-logs', 'mesos-master', 'zookeeper']
const SLAVE = ['chrony', 'consul', 'docker', 'docker-prune', 'mesos-agent', 'mesos-logs']

// what runs on masters and on slaves, and the ports that the agents offer
const cases: Readonly<Record<string, readonly [readonly string[], readonly string[], string]>> = {
  'one-a-slave': [MASTER, SLAVE, '[80-80, 31000-32000]'],
  'many-a-slave': [MASTER, [...SLAVE, 'consul-template', 'haproxy', 'provision-registrar'].sort(), '[31000-32000]'],
}

test('all of them are looked at', () => assert.equal(readdirSync(folder('.')).sort(), Object.keys(cases).sort()))

for (const [name, [master, slave, ports]] of Object.entries(cases)) {
  test(`${name}: what its hosts are`, async () => {
    const cluster = await loadInventory('inventory.json', { folder: folder(name) })
    for (const { name: host } of cluster.hosts) {
      const { resources } = compile(cluster.host(host), hostOf(cluster, host).facts, cluster)
      const daemons = resources
        .filter(({ type }) => type.name === 'service' || type.name === 'timer')
        .map((r) => r.name)
      assert.equal([...new Set(daemons)].sort(), host.startsWith('master') ? master : slave, host)
      const agent = resources.find(({ id }) => id === 'file /etc/mesos/agent.env')
      if (host.startsWith('slave')) assert.ok(JSON.stringify(agent?.props).includes(`;ports:${ports}`), host)
    }
  })

  test(`${name}: its app`, () => {
    const text = readFileSync(join(folder(name), 'rails-app.json'), 'utf8')
    const { definition } = parseAppFile(text, { path: '/x/app.json', secrets: () => 'a secret value' })
    assert.equal(findings(definition, { slaves: 2 }), [])
    const told = [...readFileSync(join(root, 'docs/deploy.md'), 'utf8').matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
      (m) => JSON.parse(m[1] as string),
    )
    const { $schema: _, ...app } = JSON.parse(text)
    assert.ok(told.some(({ $schema: _, ...each }) => JSON.stringify(each) === JSON.stringify(app)))
  })
}

test.run()
