import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BASE, type Files, load, mistakes, shown, table } from './ground.ts'

const test = suite("Ansible's inventories: what is named")

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
      'line 2: only KEY=VALUE can follow a host, and "b" is not one',
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
    ['line 3: there is no group "no"', 'line 5: there is no group "none"', 'line 8: the group "web" contains itself'],
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
      noted('line 2: ansible_connection must be ssh or local: provision has no other connections').replace(
        'NAME',
        'ansible_connection',
      ),
      noted(
        'line 3: ansible_password is a password, which does not belong in a file: write "ssh": { "password": "ask" } beside "groups"',
      ).replace('NAME', 'ansible_password'),
      noted('line 3: ansible_become_user must be root: provision always works as root').replace(
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
    'an alias without an anchor',
    { 'hosts.yml': 'web:\n  hosts:\n    a: &x {}\n    b: *x\n    c: *y\n    d: *z\n', 'ansible.json': table(WEB) },
    ['line 5: no anchor &y stands before *y', 'line 6: no anchor &z stands before *z'],
  ],
  [
    'YAML of another form',
    { 'hosts.yml': 'web:\n  hosts: [a]\n  hots:\n    b:\n', 'ansible.json': table(WEB) },
    [
      'line 2: web.hosts must be hosts by name, each followed by a colon',
      'line 3: a group has hosts, vars and children, not "hots"',
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
