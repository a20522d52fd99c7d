// Under tsx: files of users are loaded in this process.
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadInventory } from '../../../src/project/load.ts'
import { fromProgram } from '../../../src/project/source/program.ts'
import { LIST, project, said } from './ground.ts'

// Inventories that are modules and programs, and what can be wrong with them.
const test = suite('mistakes in inventories that are no JSON files')

const refused: readonly (readonly [what: string, file: string, text: string, says: string | RegExp])[] = [
  [
    'exports nothing',
    'a.ts',
    'export const x = 1',
    'a.ts exports no inventory: export default defineInventory({ hosts: { … } })',
  ],
  ['throws when it is loaded', 'a.ts', "\nthrow new Error('boom')", 'a.ts, line 2: boom'],
  [
    'throws when it is called',
    'a.ts',
    "export default () => {\n  throw new TypeError('boom')\n}",
    'a.ts, line 2: boom',
  ],
  [
    'is rejected',
    'a.mjs',
    "export default async () => {\n\n  throw new Error('no answer')\n}",
    'a.mjs, line 3: no answer',
  ],
  ['has a syntax error', 'a.ts', 'export default {\n  hosts: = 1 }', /^a\.ts, line 2: /],
  ['imports what is not there', 'a.ts', "import './b.ts'\nexport default {}", /^a\.ts, line 1: Cannot find module/],
  ['exports text', 'a.ts', "export default 'x'", 'a.ts exports no inventory, which is an object: { hosts: { … } }'],
  [
    'exports a class',
    'a.ts',
    'export default class {}',
    'a.ts exports a class: export an object { hosts: { … } }, or a function that returns one',
  ],
  [
    'throws where it is read',
    'a.ts',
    "export default {\n  get hosts() { throw new Error('boom') }\n}",
    'a.ts, line 2: boom',
  ],
  [
    'throws where it is made JSON',
    'a.mjs',
    "export default Object.create({ toJSON() { throw new Error('boom') } })",
    'a.mjs, line 1: boom',
  ],
  ['is a module of another ending', 'a.tsx', 'export default {}', 'a.tsx: end its name in .ts'],
  ['has comments', 'a.jsonc', '// ours\n{}', /^a\.jsonc is not JSON: line 1, column 1: JSON has no comments/],
  [
    'was saved on Windows',
    'a.sh',
    '#!/bin/sh\r\necho {}\r\n',
    /^a\.sh cannot be run: its lines end as on Windows \(CRLF\)/,
  ],
  [
    'is executable without saying by what',
    'hosts',
    'echo "{}"',
    /\nhosts is executable, but has no first line #!…: it was read as an inventory of Ansible's\.$/,
  ],
  ['gives nothing', 'a.ts', 'export default () => {}', 'a.ts gives no inventory, which is an object: { hosts: { … } }'],
  [
    'has what JSON has not',
    'a.ts',
    'export default { hosts: { one: { address: Promise.resolve("x"), roles: [undefined], vars: { base: { f: () => 1, d: new Date(0), n: NaN } } } } }',
    `a.ts has 5 mistakes:
  hosts.one.address       is a Promise, which JSON cannot express; await it
  hosts.one.roles[0]      is undefined
  hosts.one.vars.base.f   is a function, which JSON cannot express
  hosts.one.vars.base.d   is a Date, which JSON cannot express
  hosts.one.vars.base.n   is NaN, which JSON cannot express`,
  ],
  [
    'contains itself',
    'a.mjs',
    'const hosts = {}\nhosts.one = hosts\nexport default { hosts }',
    'a.mjs has 1 mistake:\n  hosts.one   contains itself',
  ],
  [
    'has the mistakes that JSON may have',
    'a.ts',
    `export default { hosts: { one: { adress: 'x', roles: [] } } }`,
    'a.ts has 1 mistake:\n  hosts.one.adress   is not a known key; did you mean "address"?',
  ],
  [
    'fails',
    'a.sh',
    '#!/bin/sh\necho first >&2\necho no credentials >&2\nexit 3',
    'a.sh --list ended with exit 3: no credentials',
  ],
  ['is killed', 'a.sh', '#!/bin/sh\nkill -9 $$', 'a.sh --list ended with SIGKILL'],
  ['prints nothing', 'a.sh', '#!/bin/sh\n', 'a.sh --list prints nothing, but JSON is expected'],
  [
    'prints no JSON',
    'a.sh',
    '#!/bin/sh\necho hello',
    /^a\.sh --list prints something that is not JSON: line 1, column 1: a value should be here\n {2}1 \| hello\n/,
  ],
  ['prints a list', 'a.sh', '#!/bin/sh\necho "[]"', 'a.sh --list does not print an object { … }'],
  [
    'has no interpreter',
    'a.sh',
    '#!/no/such/shell\n',
    'a.sh cannot be run: its first line names /no/such/shell, which is not here',
  ],
  ['may not be executed', 'a.py', 'print(1)', 'a.py is a program without the permission to execute it: chmod +x a.py'],
  [
    'prints the mistakes that JSON may have',
    'a.sh',
    `#!/bin/sh\necho '{ "hosts": { "one": { "adress": "x", "roles": [] } } }'`,
    'a.sh has 1 mistake:\n  hosts.one.adress   is not a known key; did you mean "address"?',
  ],
  [
    'prints groups that the table has not',
    'a.sh',
    `#!/bin/sh\necho '${LIST}'`,
    /^a\.sh has 1 mistake:\n {2}web {3}nothing says which roles the group "web" has: /,
  ],
]
for (const [what, file, text, says] of refused)
  test(`an inventory that ${what}`, async () => {
    const folder = project({ [file]: text })
    if (file === 'hosts') chmodSync(join(folder, file), 0o755)
    const found = await said(loadInventory(file, { folder }))
    if (typeof says === 'string') assert.is(found, says)
    else assert.match(found, says)
  })

test('a program that takes forever, also where it has started another one', async () => {
  const folder = project({ forever: '#!/bin/sh\nsleep 5 & wait' })
  assert.is(await said(fromProgram(join(folder, 'forever'), 0.2)), 'forever --list did not end within 0.2 s')
})

test('a program that leaves another one behind, which holds its output open, has ended', async () => {
  const many = JSON.stringify({ hosts: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`h${i}`, {}])) })
  const folder = project({
    'many.json': many,
    left: '#!/bin/sh\nsleep 20 &\necho $! >pid\ncat many.json',
    bad: '#!/bin/sh\nsleep 20 &\necho $! >pid\necho why >&2; exit 3',
  })
  const end = () => process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL')
  assert.equal(await fromProgram(join(folder, 'left'), 15), { text: many })
  end()
  assert.is(await said(fromProgram(join(folder, 'bad'), 15)), 'bad --list ended with exit 3: why')
  end()
})

test.run()
