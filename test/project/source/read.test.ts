// Under tsx: files of users are loaded in this process.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadInventory } from '../../../src/project/load.ts'
import { DEFINE, type Files, HOSTS, JSON_TEXT, LIST, project, said, TABLE } from './ground.ts'

// Inventories that are modules and programs.
const test = suite('inventories that are no JSON files')

const taken: readonly (readonly [what: string, file: string, text: string, more?: Files])[] = [
  [
    'an object in TypeScript',
    'inventory.ts',
    `${DEFINE}const at: string = 'x'\nvoid at\nexport default defineInventory(${HOSTS})`,
  ],
  ['a function in TypeScript', 'inventory.ts', `${DEFINE}export default defineInventory(() => (${HOSTS}))`],
  ['an async function', 'prod.ts', `${DEFINE}export default defineInventory(async () => (${HOSTS}))`],
  ['an object in JavaScript, by its name', 'inventory.js', `export const inventory = ${HOSTS}`],
  ['a promise', 'inventory.mjs', `export default Promise.resolve(${HOSTS})`],
  ['members that are undefined', 'inventory.ts', `export default { ssh: undefined, ...${HOSTS} }`],
  [
    'a module in a folder of its own, which imports',
    'env/prod.ts',
    `import { hosts } from '../lib.ts'\nexport default { hosts }`,
    { 'lib.ts': `export const { hosts } = ${HOSTS}` },
  ],
  ['a program', 'inventory.sh', `#!/bin/sh\ncat <<'EOF'\n${JSON_TEXT}\nEOF\n`],
  ['a program that is called as a module', 'inventory.js', `#!/usr/bin/env node\nconsole.log('${JSON_TEXT}')`],
  ['a program in its own folder', 'env/prod', `#!/bin/sh\ncat hosts.json`, { 'env/hosts.json': JSON_TEXT }],
  ["a program for Ansible's --list", 'ec2.py', `#!/bin/sh\n[ "$1" = --list ] && echo '${LIST}'`, TABLE],
  [
    'a program that is asked for each host',
    'old',
    `#!/bin/sh\ncase $1 in --list) echo '{ "web": ["one"] }';; *) echo "{ \\"ansible_host\\": \\"$2.example.com\\" }";; esac`,
    TABLE,
  ],
  ['JSON without a telling name', 'hosts', JSON_TEXT],
]
for (const [what, file, text, more = {}] of taken)
  test(what, async () => {
    const { hosts } = await loadInventory(file, { folder: project({ [file]: text, ...more }) })
    assert.equal(
      hosts.map(({ name, address, roles }) => [name, address, roles.join()]),
      [['one', 'one.example.com', 'base']],
    )
  })

const inFolders: readonly (readonly [what: string, files: Files, file: string])[] = [
  ['INI without an ending, and what stands beside it', { 'prod/hosts': '[web]\none.example.com\n' }, 'prod/hosts'],
  ['YAML', { 'prod/site.yml': 'web:\n  hosts:\n    one.example.com:\n' }, 'prod/site.yml'],
  ['INI by its ending', { 'prod/hosts.ini': '[web]\none.example.com\n' }, 'prod/hosts.ini'],
  [
    'a program whose settings stand beside it',
    { 'prod/ec2.py': `#!/bin/sh\necho '${LIST}'`, 'prod/ec2.ini': '[ec2]\nregions = all\n' },
    'prod/ec2.py',
  ],
  ['JSON of ours', { 'prod/inventory.json': JSON_TEXT }, 'prod/inventory.json'],
]
for (const [what, files, file] of inFolders)
  test(`a folder with ${what}: as if the file were named`, async () => {
    const beside = {
      'prod/group_vars/all.yml': '{}',
      'prod/host_vars/one.yml': '{}',
      'prod/README.md': 'ours',
      'prod/hosts.bak': 'x',
      'prod/.hidden': 'x',
      'prod/ansible.json': TABLE['ansible.json'],
    }
    const folder = project({ ...beside, ...files })
    const [named, whole] = await Promise.all([file, 'prod'].map((path) => loadInventory(path, { folder })))
    assert.equal(whole?.hosts, named?.hosts)
    assert.is(whole?.hosts[0]?.address, 'one.example.com')
  })

test('a folder with an inventory under its usual name, beside other files', async () => {
  const inventory = JSON.stringify({ hosts: { a: { address: '192.0.2.1', roles: [] } } })
  const folder = project({ 'prod/inventory.json': inventory, 'prod/package.json': '{}', 'prod/hosts.yml': '{}' })
  assert.is((await loadInventory('prod', { folder })).hosts[0]?.name, 'a')
})

for (const [what, files, says] of [
  ['no inventory', { 'prod/group_vars/all.yml': '{}' }, 'prod/ is a folder without an inventory in it'],
  [
    'two',
    { 'prod/a.yml': '{}', 'prod/b': '' },
    'prod/ is a folder with several inventories: a.yml, b; they are not merged, so name one: -i prod/a.yml',
  ],
] as const)
  test(`a folder with ${what}: one sentence`, async () => {
    assert.is(await said(loadInventory('prod/', { folder: project(files) })), says)
  })

test('where none is named: JSON first, else a module', async () => {
  const other = `export default ${HOSTS.replaceAll('one', 'two')}`
  const both = await loadInventory(undefined, {
    folder: project({ 'inventory.json': JSON_TEXT, 'inventory.ts': other }),
  })
  const alone = await loadInventory(undefined, { folder: project({ 'inventory.ts': other }) })
  assert.equal(
    [both, alone].map(({ hosts }) => hosts[0]?.name),
    ['one', 'two'],
  )
  const none = await said(loadInventory(undefined, { folder: project({ x: '' }) }))
  assert.is(none, 'there is no inventory.json here: provision init makes one, or name another with -i FILE')
})
test.run()
