import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  apply,
  balance,
  createTransport,
  defineRecipe,
  defineResource,
  defineRole,
  deploy,
  loadApp,
  loadInventory,
  makeCluster,
  parseApp,
  parseInventory,
  plan,
  remove,
  scale,
  select,
  status,
} from '../../src/index.ts'

// A program in plain JavaScript has no compiler that finds these mistakes: ignored, `host` would mean all hosts.
const test = suite('arguments of the library')

const role = defineRole({ name: 'r', recipes: [defineRecipe({ name: 'x', resources: () => [] })] })
const roles = new Map([['r', role]])
const at = (address: string) =>
  parseInventory(JSON.stringify({ hosts: { a: { address, roles: ['r'] } } }), { path: 'a.json', roles })
const cluster = at('192.0.2.1')
const transport = createTransport()
const run = { transport }

type Call = (...given: readonly unknown[]) => unknown
/** As a program without types sees it. */
const untyped = (call: unknown): Call => call as Call

const host = { name: 'a', address: '192.0.2.1', privateAddress: '192.0.2.1', roles: ['r'], vars: {}, ssh: {} }

const mistakes: readonly (readonly [call: unknown, given: readonly unknown[], says: string])[] = [
  [plan, [cluster, { transport, host: [] }], 'plan has no option "host"; did you mean "hosts"?'],
  [apply, [cluster, { transport, hots: [] }], 'apply has no option "hots"; did you mean "hosts"?'],
  [plan, [cluster], 'plan: its options must be an object, not undefined'],
  [apply, [cluster, {}], 'apply: transport must be what createTransport returns, not undefined'],
  [
    plan,
    [cluster, { transport, hosts: ['a'] }],
    'plan: hosts[0] is not a host of the cluster: take hosts from cluster.hosts, or from select',
  ],
  [
    apply,
    [cluster, { transport, hosts: at('192.0.2.2').hosts }],
    'apply: hosts[0] is not a host of the cluster: take hosts from cluster.hosts, or from select',
  ],
  [plan, [cluster, { transport, hosts: cluster.hosts[0] }], 'plan: hosts must be a list, not an object'],
  [plan, [cluster, { transport, forks: '5' }], 'plan: forks must be a whole number of at least 1, not "5"'],
  [apply, [cluster, { transport, allow: 'clock' }], 'apply: allow must be a list of texts, not "clock"'],
  [apply, [cluster, { transport, signal: true }], 'apply: signal must be the signal of an AbortController, not true'],
  [
    apply,
    [cluster, { transport, front: {} }],
    'apply: front must be an object with the functions leave and join, not an object',
  ],
  [
    plan,
    [Promise.resolve(cluster), run],
    'plan: its first argument must be a cluster, which loadInventory and parseInventory give, not a Promise; await it',
  ],
  [status, [cluster, { transport, forks: 0 }], 'status: forks must be a whole number of at least 1, not 0'],
  [select, [cluster, { role: ['r'] }], 'select has no option "role"; did you mean "roles"?'],
  [select, [cluster, { hosts: 'a' }], 'select: hosts must be a list of texts, not "a"'],
  [deploy, [cluster, 'app.json', run], 'deploy: its second argument must be an object, not "app.json"'],
  [deploy, [cluster, { app: Promise.resolve() }, run], 'deploy: app must be an object, not a Promise; await it'],
  [deploy, [cluster, { ap: {} }, run], 'deploy has no option "ap"; did you mean "app"?'],
  [
    deploy,
    [cluster, { id: '/a', to: 'v1' }, { transport, wiat: true }],
    'deploy has no option "wiat"; did you mean "wait"?',
  ],
  [scale, [cluster, '/a', '2', run], 'scale: its third argument must be a whole number of at least 0, not "2"'],
  [
    scale,
    [cluster, '/a', 2, { transport, check: true }],
    'scale has no option "check"; it has transport, deadline, failures, wait, allow, signal, leave',
  ],
  [remove, [cluster, ['/a'], run], 'remove: its second argument must be text, not a list'],
  [balance, [cluster, '/a', { transport, wait: 1 }], 'balance: wait must be true or false, not 1'],
  [loadApp, [undefined], 'loadApp: its first argument must be text, not undefined'],
  [loadApp, ['app.json', undefined, 'clock'], 'loadApp: its third argument must be a list of texts, not "clock"'],
  [parseApp, [{}], 'parseApp: its first argument must be text, not an object'],
  [parseApp, ['{}'], 'parseApp: its options must be an object, not undefined'],
  [parseApp, ['{}', { pth: 'a' }], 'parseApp has no option "pth"; did you mean "path"?'],
  [defineResource, [], 'defineResource: its argument must be an object, not undefined'],
  [defineResource, [{}], 'defineResource: name must be text, not undefined'],
  [createTransport, [{ ask: 'me' }], 'createTransport: ask must be a function, not "me"'],
  [loadInventory, [5], 'loadInventory: its first argument must be text, not 5'],
  [loadInventory, ['a.json', { foldr: '.' }], 'loadInventory has no option "foldr"; did you mean "folder"?'],
  [parseInventory, ['{}', { path: 'a.json', roles: [role] }], 'parseInventory: roles must be a Map, not a list'],
  [makeCluster, [{}, roles], 'makeCluster: its first argument must be a list, not an object'],
  [makeCluster, [[host], [role]], 'makeCluster: its second argument must be a Map, not a list'],
  [makeCluster, [['a'], roles], 'makeCluster: hosts[0] must be an object, not "a"'],
  [makeCluster, [[host, {}], roles], 'makeCluster: hosts[1].name must be text, not undefined'],
  ...(
    [
      [{ name: 'A b' }, '.name must be lower-case letters, digits and dashes, not "A b"'],
      [{ address: 5 }, '.address must be text, not 5'],
      [{ privateAddress: undefined }, '.privateAddress must be text, not undefined'],
      [{ roles: 'r' }, '.roles must be a list of texts, not "r"'],
      [{ roles: ['rr'] }, '.roles: there is no role "rr"; did you mean "r"?'],
      [{ vars: [] }, '.vars must be an object, not a list'],
      [{ ssh: undefined }, '.ssh must be an object, not undefined'],
      [{ ssh: { port: '22' } }, '.ssh.port must be a number, not "22"'],
      [{ ssh: { usr: 'x' } }, '.ssh.usr is not a known property; did you mean "user"?'],
      [
        { ssh: { user: undefined, proxyJump: 'a b' } },
        '.ssh.proxyJump "a b" is not a bastion: write user@host:port, or the name of a host',
      ],
    ] as const
  ).map(([wrong, says]) => [makeCluster, [[{ ...host, ...wrong }], roles], `makeCluster: hosts[0]${says}`] as const),
  [makeCluster, [[host, host], roles], 'makeCluster: two hosts are named "a"'],
]

for (const [call, given, says] of mistakes)
  test(says, async () => {
    const error = await (async () => untyped(call)(...given))().then(
      () => undefined,
      (each: unknown) => each,
    )
    assert.instance(error, TypeError)
    assert.is((error as Error).message, says)
  })

test('options that are undefined are as if they were not there', () => {
  assert.equal(select(cluster, { roles: undefined, hosts: undefined }), cluster.hosts)
  assert.not.throws(() => createTransport({ ...{ ask: undefined } } as never))
})

test.run()
