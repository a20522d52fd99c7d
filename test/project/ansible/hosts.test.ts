import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BASE, base, count, load, shown, table } from './ground.ts'

const test = suite("Ansible's inventories")

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

test.run()
