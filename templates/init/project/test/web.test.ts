// Boots a bare Debian host on this machine and makes it a web host. Needs Linux and root: sudo npm test
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apply, createTransport, parseInventory } from 'provision-ssh'
import { available, openSandbox } from 'provision-ssh/sandbox'
import { role } from '../roles/web.ts'

const why = available() // one sentence, where no host can run here

test('a bare host becomes a web host, and then there is nothing to do', { skip: why ?? false }, async (t) => {
  const box = await openSandbox({ name: 'web-test', onProgress: console.error })
  t.after(() => box.down())
  const [host] = await box.up([{ name: 'web-1' }])
  assert.ok(host)
  const { address, user, identityFile, hostKey } = host
  const inventory = {
    ssh: { user, identityFile, hostKey },
    hosts: { 'web-1': { address, roles: ['web'], vars: { web: { greeting: 'Good morning' } } } },
  }
  const cluster = parseInventory(JSON.stringify(inventory), { path: 'test.json', roles: new Map([['web', role]]) })
  const converge = async () => (await apply(cluster, { transport: createTransport() }).result).hosts[0]

  const first = await converge()
  assert.equal(first?.outcome, 'changed', first?.reason)

  // Whatever else should be so on the host: ask it over the network, or from inside.
  assert.equal(await (await fetch(`http://${address}:8080`)).text(), 'Good morning from web-1\n')
  assert.equal((await host.sh('nginx -t')).code, 0)

  const second = await converge()
  assert.equal(second?.outcome, 'in-sync', second?.reason)
})
