import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InventoryError } from '../../src/inventory/errors.ts'
import { literal } from '../../src/project/ansible/literal.ts'
import { expand, splitPort } from '../../src/project/ansible/pattern.ts'
import { loadInventory } from '../../src/project/load.ts'

// Inventories of Ansible's: what is taken of them, and what is named because it cannot be.
const test = suite("Ansible's inventories")
const base = realpathSync(mkdtempSync(join(tmpdir(), 'ansible-')))
test.after(() => rmSync(base, { recursive: true }))

type Files = Readonly<Record<string, string>>
let count = 0

/** Loads the first of these files. */
function load(files: Files) {
  const folder = join(base, `${++count}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return loadInventory(Object.keys(files)[0] as string, { folder })
}

const table = (says: object): string => JSON.stringify(says)
/** Every group is one of `base` hosts. */
const BASE = table({ groups: { all: [], web: ['base'], db: ['base'], prod: [] } })

/** Hosts as one line each: name, address, roles, login. */
async function shown(files: Files): Promise<string[]> {
  const { hosts } = await load(files)
  return hosts.map(({ name, address, roles, ssh }) => `${name} ${address} [${roles.join()}] ${JSON.stringify(ssh)}`)
}

/** The mistakes, as `place: message`. */
async function mistakes(files: Files): Promise<readonly string[]> {
  try {
    await load(files)
  } catch (error) {
    assert.instance(error, InventoryError, `${(error as Error).stack}`)
    const { mistakes: found, message } = error as InventoryError
    return found.length > 0 ? found.map((each) => `${each.path}: ${each.message}`) : [message]
  }
  return []
}

const literals: readonly (readonly [text: string, value: unknown])[] = [
  ['8080', 8080],
  ['-1.5', -1.5],
  ['True', true],
  ['None', null],
  ['true', 'true'],
  ['0644', '0644'],
  ['10.0.0.1', '10.0.0.1'],
  ["['a', 'b']", ['a', 'b']],
  ["{'a': [1, 2,], 'b': {}}", { a: [1, 2], b: {} }],
  ["(1, 'x')", [1, 'x']],
  ['80 # the port', 80],
  ['a b # c', 'a b # c'],
  ['"it\'s"', "it's"],
  ['[a', '[a'],
  ['', ''],
]
for (const [text, value] of literals) test(`the value ${text}`, () => assert.equal(literal(text), value))

const patterns: readonly (readonly [pattern: string, names: readonly string[] | string])[] = [
  ['web', ['web']],
  ['web[1:3]', ['web1', 'web2', 'web3']],
  ['web[08:10].example.com', ['web08.example.com', 'web09.example.com', 'web10.example.com']],
  ['db-[a:c]', ['db-a', 'db-b', 'db-c']],
  ['x[1:9:4]', ['x1', 'x5', 'x9']],
  ['x[:2]', ['x0', 'x1', 'x2']],
  ['r[1:2]-[a:b]', ['r1-a', 'r1-b', 'r2-a', 'r2-b']],
  ['10.0.0.[1:2]', ['10.0.0.1', '10.0.0.2']],
  ['[2001:db8::1]', ['2001:db8::1']],
  ['x[3:1]', 'the range [3:1] ends before it begins'],
  ['x[08:100]', 'the range [08:100] has ends of different lengths'],
  ['x[1:b]', 'the range [1:b] is neither a range of numbers nor a range of letters'],
  ['x[1]', 'the range [1] has no end: write [1:9] or [a:f]'],
  ['x[1:9:0]', 'the range [1:9:0] has a step of 0'],
  ['x[1:99999]', 'the range [1:99999] has more than 10000 members'],
  ['x[1:999]y[1:999]', 'the range [1:999] makes more than 10000 names'],
  ['x[1:2', '"x[1:2" is not the name of a host'],
]
for (const [pattern, names] of patterns)
  test(`the pattern ${pattern}`, () => {
    const found = expand(pattern)
    assert.equal('wrong' in found ? found.wrong : found.names, names)
  })

test('a port behind a pattern', () => {
  assert.equal(splitPort('web[1:3]:2222'), { pattern: 'web[1:3]', port: 2222 })
  assert.equal(splitPort('[2001:db8::1]:22'), { pattern: '[2001:db8::1]', port: 22 })
  assert.equal(splitPort('2001:db8::1'), { pattern: '2001:db8::1', port: undefined })
})

const INI = `# all of it
[web]
web[1:2].example.com ansible_user=admin   # a comment
10.0.0.5:2222 ansible_ssh_private_key_file="keys/my key"

[db]
db_1 ansible_host=10.0.0.9 ansible_port='2022'

[prod:children]
web
db

[prod:vars]
ansible_user = ops
ansible_ssh_common_args=-o ProxyJump=admin@bastion -o StrictHostKeyChecking=accept-new
`
const YAML = `---
all:
  children:
    prod:
      vars:
        ansible_user: ops
        ansible_ssh_common_args: '-J admin@bastion -o StrictHostKeyChecking=accept-new'
      children:
        web:
          hosts:
            web[1:2].example.com: { ansible_user: admin }
            10.0.0.5:2222:
              ansible_ssh_private_key_file: keys/my key
        db:
          hosts:
            db_1:
              ansible_host: 10.0.0.9
              ansible_port: "2022"
`
for (const [name, text] of Object.entries({ 'hosts.ini': INI, hosts: INI, 'hosts.yml': YAML, inventory: YAML }))
  test(`hosts, ranges, groups in groups, ways to log in: ${name}`, async () => {
    const found = await shown({ [name]: text, 'ansible.json': BASE })
    const jump = { proxyJump: 'admin@bastion', hostKeyCheck: 'accept-new' }
    const key = join(base, `${count}`, 'keys/my key')
    const login = (ssh: object) => JSON.parse(JSON.stringify({ ...ssh, ...jump }))
    assert.equal(
      found.map((line) => [line.replace(/ \{.*/, ''), JSON.parse(line.replace(/^[^{]*/, ''))]),
      [
        ['web1 web1.example.com [base]', login({ user: 'admin' })],
        ['web2 web2.example.com [base]', login({ user: 'admin' })],
        ['ip-10-0-0-5 10.0.0.5 [base]', login({ port: 2222, user: 'ops', identityFile: key })],
        ['db-1 10.0.0.9 [base]', login({ port: 2022, user: 'ops' })],
      ],
    )
  })

test('variables become those of recipes: children win over parents, hosts over groups, files over both', async () => {
  const cluster = await load({
    'hosts.ini': `a kind=host
b
c
[web]
a
b
[db]
c
[prod:children]
web
[prod:vars]
kind=parent
swap=1
[web:vars]
kind=child
`,
    'group_vars/all.yml': 'tools: [curl]\n',
    'group_vars/web/main.yml': '# more\ndomain: web.example.com\n',
    'host_vars/b': 'domain: b.example.com\n',
    'ansible.json': table({
      groups: { all: ['base'], web: [], db: [], prod: [] },
      variables: { kind: 'base.domain', tools: 'base.tools', swap: null, domain: null },
    }),
  })
  const of = (name: string) => cluster.host(name).vars.base as { domain?: string; tools: string[] }
  assert.equal(
    ['a', 'b', 'c'].map((name) => of(name).domain),
    ['host', 'child', undefined],
  )
  assert.equal(of('c').tools, ['curl'])
  const files = await load({
    'hosts.ini': '[web]\na domain=inventory.example.com\nb\n[web:vars]\ndomain=group.example.com\n',
    'group_vars/web.json': '{ "domain": "group-file.example.com" }',
    'host_vars/a.yaml': 'domain: host-file.example.com',
    'ansible.json': table({ groups: { web: ['base'] }, variables: { domain: 'base.domain' } }),
  })
  const domains = ['a', 'b'].map((name) => (files.host(name).vars.base as { domain: string }).domain)
  assert.equal(domains, ['host-file.example.com', 'group-file.example.com'])
})

test('roles come in the order of the table, and what it says of the whole inventory is taken', async () => {
  const found = await shown({
    'hosts.ini': '[web]\na\n[db]\na\n',
    'ansible.json': table({
      groups: { db: ['zookeeper'], web: ['base'] },
      ssh: { user: 'me' },
      vars: { zookeeper: { id: 1 } },
    }),
  })
  assert.equal(found, ['a a [zookeeper,base] {"user":"me"}'])
  const { hosts } = await load({
    'hosts.ini': '[web]\na\n[db]\na\n',
    'ansible.json': table({
      groups: { db: [], web: ['base'], all: ['base'] },
      names: { a: 'first' },
      ssh: { user: 'me' },
    }),
  })
  assert.equal(
    hosts.map(({ name, roles, ssh }) => [name, roles, ssh]),
    [['first', ['base'], { user: 'me' }]],
  )
})

test('hosts that are defined before the groups that they are in are in no other', async () => {
  const found = await shown({
    'hosts.ini': 'a ansible_host=10.0.0.4\nb ansible_host=10.0.0.5\n[web]\na\n[db]\nb\n',
    'ansible.json': table({ groups: { web: ['base'], db: ['base'] } }),
  })
  assert.equal(found, ['a 10.0.0.4 [base] {}', 'b 10.0.0.5 [base] {}'])
})

const ONE = '[web]\na\n'
const WEB = { groups: { web: ['base'] } }
const noted = (message: string): string => `${message}; to leave it out, write "NAME": null among "variables"`
/** Inventory, table and other files; what is named. */
const named: readonly (readonly [what: string, files: Files, found: readonly string[]])[] = [
  [
    'groups and variables without a table',
    { 'hosts.ini': 'lone\n[web]\na x=1\nb x=2\n[web:vars]\ny=2\n' },
    [
      'line 1: "lone" is in no group: write "ungrouped": ["ROLE"] among "groups", or []',
      'line 2: nothing says which roles the group "web" has: write "web": ["ROLE"] among "groups", or []',
      'line 3: nothing says what the variable "x" is, also written in 1 other place: write "x": "RECIPE.NAME" among "variables", or null to leave it out',
      'line 6: nothing says what the variable "y" is: write "y": "RECIPE.NAME" among "variables", or null to leave it out',
    ],
  ],
  [
    'a host in no group, in YAML',
    {
      'hosts.yml': 'all:\n  hosts:\n    a:\n    lone:\n  children:\n    web:\n      hosts: { a: }\n',
      'ansible.json': table(WEB),
    },
    ['line 4: "lone" is in no group: write "ungrouped": ["ROLE"] among "groups", or []'],
  ],
  [
    "a plugin's settings",
    { 'aws_ec2.yml': 'plugin: aws_ec2\nregions: [eu-west-1]\n', 'ansible.json': table(WEB) },
    [
      "line 1: these are settings of Ansible's plugin aws_ec2: give -i a program that runs ansible-inventory --list with this file, or see docs/cloud.md for hosts in EC2",
    ],
  ],
  [
    'a group that is nearly in the table',
    { 'hosts.ini': '[wbe]\na\n', 'ansible.json': table(WEB) },
    [
      'line 1: nothing says which roles the group "wbe" has: write "wbe": ["ROLE"] among "groups", or []; did you mean "web"?',
    ],
  ],
  [
    "lines that are none of Ansible's",
    {
      'hosts.ini': '[web]\na b\nc "d\n[web:hostess]\n[x\n[web:vars]\nnothing\n[web:children]\na b\n',
      'ansible.json': table(WEB),
    },
    [
      'line 2: behind a host stand KEY=VALUE, and "b" is none',
      'line 3: a quote is never closed',
      'line 4: [web:hostess] is not a section: [GROUP], [GROUP:vars] and [GROUP:children] are',
      'line 5: [x is not a section: [GROUP], [GROUP:vars] and [GROUP:children] are',
      'line 7: [web:vars] takes lines KEY=VALUE, and "nothing" is not one',
      'line 9: [web:children] takes names of groups, and "a b" is not one',
    ],
  ],
  [
    'groups that are not there, or hold themselves',
    { 'hosts.ini': '[web]\na\n[no:vars]\n[web:children]\nnone\nprod\n[prod:children]\nweb\n', 'ansible.json': BASE },
    ['line 3: there is no group "no"', 'line 5: there is no group "none"', 'line 8: the group "web" would hold itself'],
  ],
  [
    'ways to log in that are not ours',
    {
      'hosts.ini': `[web]
a ansible_connection=docker
b ansible_password=hunter2 ansible_become_user=app
c ansible_ssh_common_args="-o ForwardAgent=yes"
`,
      'ansible.json': table(WEB),
    },
    [
      noted('line 2: ansible_connection is a way that provision does not go: it knows ssh and local').replace(
        'NAME',
        'ansible_connection',
      ),
      noted(
        'line 3: ansible_password is a password, which does not belong in a file: write "ssh": { "password": "ask" } beside "groups"',
      ).replace('NAME', 'ansible_password'),
      noted('line 3: ansible_become_user cannot be: provision always works as root').replace(
        'NAME',
        'ansible_become_user',
      ),
      noted(
        'line 4: ansible_ssh_common_args has options that provision takes from ~/.ssh/config: write -o ForwardAgent=yes there',
      ).replace('NAME', 'ansible_ssh_common_args'),
    ],
  ],
  [
    'templates and vaults',
    {
      'hosts.yml':
        'web:\n  hosts:\n    a:\n      domain: "{{ x }}"\n      token: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        6231\n',
      'ansible.json': table({ ...WEB, variables: { domain: 'base.domain', token: 'base.token' } }),
    },
    [
      noted('line 4: domain is a template ({{ … }}), which Ansible alone can fill in').replace('NAME', 'domain'),
      noted('line 5: token is encrypted, and only ansible-vault can read it').replace('NAME', 'token'),
    ],
  ],
  [
    'a file that is a vault',
    { 'hosts.ini': ONE, 'ansible.json': table(WEB), 'group_vars/all/vault.yml': '$ANSIBLE_VAULT;1.1;AES256\n62\n' },
    [
      `group_vars/all/vault.yml: it is encrypted, and only ansible-vault can read it: name it in "ignore", and have recipes' secrets read by "cmd:…"`,
    ],
  ],
  [
    'a variable in a file',
    { 'hosts.ini': ONE, 'ansible.json': table(WEB), 'group_vars/web.yml': '---\n\nx: 1\n' },
    [
      'group_vars/web.yml, line 3: nothing says what the variable "x" is: write "x": "RECIPE.NAME" among "variables", or null to leave it out',
    ],
  ],
  [
    'a value that the recipe does not take, told by the line',
    {
      'hosts.ini': '[web]\na\nb\n[web:vars]\ntools=5\n',
      'ansible.json': table({ ...WEB, variables: { tools: 'base.tools' } }),
    },
    ['hosts.a.vars.base.tools: must be a list [ … ], not 5 (line 5); 1 other host as well'],
  ],
  [
    'names that cannot be',
    { 'hosts.ini': '[web]\na.example.com\na.example.org\n-x\n', 'ansible.json': table(WEB) },
    [
      'line 3: "a.example.com" and "a.example.org" would both be called a: write "a.example.org": "NAME" among "names"',
      'line 4: "-x" cannot be the name of a host here: write "-x": "NAME" among "names"',
    ],
  ],
  [
    'two variables that are one',
    {
      'hosts.ini': '[web]\na x=1 y=2\n',
      'ansible.json': table({ ...WEB, variables: { x: 'base.domain', y: 'base.domain' } }),
    },
    ['line 2: y is base.domain, and so is another variable of a'],
  ],
  [
    'a table that is wrong',
    { 'hosts.ini': ONE, 'ansible.json': '{ "groups": { "web": "base" }, "variables": { "x": "port" }, "rolls": {} }' },
    [
      'ansible.json: rolls: is not a known key; did you mean "roles"?',
      'ansible.json: groups.web: must be a list [ … ], not "base"',
      'ansible.json: variables.x: must be RECIPE.NAME, or null to leave it out',
    ],
  ],
  [
    'a table that is not JSON',
    { 'hosts.ini': ONE, 'ansible.json': '{ "groups": }' },
    ['ansible.json, line 1: this is not JSON: a value should be here'],
  ],
  [
    'YAML that is none',
    { 'hosts.yml': 'web:\n  hosts:\n    a: 1\n    a: 2\n' },
    ['line 4: this is not YAML: Map keys must be unique'],
  ],
  [
    'YAML of another form',
    { 'hosts.yml': 'web:\n  hosts: [a]\n  hots:\n    b:\n', 'ansible.json': table(WEB) },
    [
      'line 2: web.hosts must be hosts by name, each with a colon behind it',
      'line 3: a group has hosts, vars and children, and no "hots"',
    ],
  ],
]
for (const [what, files, found] of named)
  test(`named: ${what}`, async () => {
    assert.equal(await mistakes(files), found)
  })

test('a vault is left out where the table says so', async () => {
  const vault = { 'group_vars/all/vault.yml': '$ANSIBLE_VAULT;1.1;AES256\n62\n', 'group_vars/all/.swp': '\0' }
  const says = table({ ...WEB, ignore: ['group_vars/all/vault.yml'] })
  assert.equal(await shown({ 'hosts.ini': ONE, 'ansible.json': says, ...vault }), ['a a [base] {}'])
})

test('it is said where the table is, and never what a password is', async () => {
  const said = await load({ 'hosts.ini': '[web]\na ansible_password=hunter2\n' }).then(
    () => '',
    (error: Error) => error.message,
  )
  assert.match(
    said,
    /\nThere is no ansible\.json beside it, which would say what its groups, .* docs\/inventory\.md shows one\.$/,
  )
  assert.not.match(said, 'hunter2')
})

test.run()
