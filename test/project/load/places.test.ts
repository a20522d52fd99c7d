// Under tsx: files of users are loaded in this process.
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadInventory } from '../../../src/project/load.ts'
import { load, message, project, recipe, role } from './ground.ts'

const test = suite('loadInventory: places')

test('an inventory that lies further up', async () => {
  const folder = project({ 'inventory.json': '{}', 'recipes/a/x': '' })
  const said = await message(loadInventory('inventory.json', { folder: join(folder, 'recipes', 'a') }))
  assert.is(said, 'InventoryFileError: there is no inventory.json here: there is one in ../..: run it there')
})

test('an inventory in another folder than the roles that are read: those beside it are named', async () => {
  const folder = project({
    'package.json': '{}',
    'packages/infra/inventory.json': JSON.stringify({ hosts: { a: { address: '10.0.0.1', roles: ['one'] } } }),
    'packages/infra/recipes/one.ts': recipe('one'),
    'packages/infra/roles/one.ts': role('one'),
  })
  const path = 'packages/infra/inventory.json'
  assert.match(
    await message(loadInventory(path, { folder })),
    /there is no role "one"\npackages\/infra\/roles\/one\.ts is not read: provision reads the roles of the folder that it runs in\. Run it in packages\/infra\.$/,
  )
  const there = await loadInventory('inventory.json', { folder: join(folder, 'packages', 'infra') })
  assert.is(there.hosts.length, 1)
})

test('what has the name of a role, and is none', async () => {
  const folder = project({ 'roles/dir.ts/x': '' }, ['dir', 'gone'])
  symlinkSync('nowhere', join(folder, 'roles', 'gone.ts'))
  const said = await message(loadInventory('inventory.json', { folder }))
  for (const name of ['dir', 'gone']) assert.match(said, `there is no role "${name}"`)
})

test('links that lead in a circle, and names that are too long', async () => {
  const folder = project({ 'roles/x': '' }, ['loop'])
  for (const name of ['roles/loop.ts', 'ring']) symlinkSync(join(folder, name), join(folder, name))
  const said = (path: string) => message(loadInventory(path, { folder }))
  assert.match(await said('inventory.json'), 'there is no role "loop"')
  assert.is(await said('ring'), 'InventoryFileError: ring cannot be read: its links lead in a circle')
  assert.is(
    await said('ring/prod.json'),
    'InventoryFileError: ring/prod.json cannot be read: its links lead in a circle',
  )
  assert.match(await said('x'.repeat(300)), /^InventoryFileError: x+ cannot be read: its name is too long$/)
})

test('what cannot be imported is named, with who does it', async () => {
  const imports = (what: string) => ({
    'recipes/one.ts': `${recipe('one')}import what from '${what}'\nconsole.error(what)\n`,
    'roles/one.ts': role('one'),
    'recipes/data.yaml': 'a: 1',
  })
  const mistakes = {
    './data.yaml': 'recipes/data.yaml: files whose names end in ".yaml" cannot be imported: read it with readFileSync',
    './nosuch.ts': "recipes/one.ts, line 4: Cannot find module 'recipes/nosuch.ts'",
  }
  for (const [what, says] of Object.entries(mistakes))
    assert.is(await message(load(imports(what), ['one'])), `ProjectError: ${says}`)
})

test('an inventory that is not there, or no file', async () => {
  const folder = project({ 'dir/group_vars/x': '' })
  assert.is(
    await message(loadInventory('none.json', { folder })),
    'InventoryFileError: there is no none.json here: provision init makes one, or name another with -i FILE',
  )
  assert.is(
    await message(loadInventory('dir', { folder })),
    'InventoryFileError: dir is a folder without an inventory in it',
  )
  writeFileSync(join(folder, 'latin1.json'), Buffer.from('{"hosts":{"K\xf6ln":{}}}', 'latin1'))
  assert.is(
    await message(loadInventory('latin1.json', { folder })),
    'InventoryFileError: latin1.json is not UTF-8 text',
  )
})

test('an inventory elsewhere: roles come from the working folder, paths start beside the file', async () => {
  const folder = project({
    'roles/hello.ts': role('hello'),
    'recipes/hello.ts': recipe('hello'),
    'fleet/prod.json': JSON.stringify({
      ssh: { identityFile: 'key' },
      hosts: { a: { address: 'a', roles: ['hello'] } },
    }),
  })
  const cluster = await loadInventory('fleet/prod.json', { folder })
  assert.is(cluster.host('a').ssh.identityFile, join(folder, 'fleet', 'key'))
})

test.run()
