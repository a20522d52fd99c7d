import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { misfits } from '../../../src/cloud/balancers/misfits.ts'
import type { BalancerSeen } from '../../../src/cloud/provider.ts'
import type { InventoryHost } from '../../../src/model/host.ts'

const test = suite('balancers whose settings do not fit HAProxy')

const seen = (check: BalancerSeen['check'], drainSeconds = 300, idleSeconds = 60): BalancerSeen => ({
  name: 'slaves',
  check,
  drainSeconds,
  idleSeconds,
})
/** What HAProxy is configured for unless somebody says otherwise. */
const usual = { healthPort: 8081, clientSeconds: 75, serverSeconds: 60, hardStopSeconds: 300, leaveSeconds: 10 }
const http = { protocol: 'HTTP', path: '/haproxy-health', port: 80 }
/** A group of a balancer that can speak the PROXY protocol. */
const speaks = (on: boolean, fromClients = false): BalancerSeen => ({ ...seen(http), proxy: { on, fromClients } })
const MISFITS: readonly (readonly [
  what: string,
  balancer: BalancerSeen,
  haproxy: object | undefined,
  said: RegExp[],
])[] = [
  ['all fits', seen(http), {}, []],
  ['the port of its own', seen({ ...http, port: 9000 }), { healthPort: 9000 }, []],
  ['another path', seen({ ...http, path: '/' }), {}, [/^slaves checks \/, but HAProxy reports at \/haproxy-health/]],
  ['no HTTP', seen({ protocol: 'TCP', port: 80 }), {}, [/^slaves checks by TCP, which passes even if/]],
  [
    'another port',
    seen({ ...http, port: 8080 }),
    {},
    [/^slaves checks port 8080, .* of s-1 reports its health on port 80$/],
  ],
  ['no time to end', seen(http, 0), {}, [/gives a leaving target no time/]],
  [
    'as AWS sets groups up',
    seen({ ...http, codes: '200', seconds: 30, patience: 5, failures: 2 }),
    usual,
    [/^slaves takes 60 s to notice .* for only 10 s \(haproxy\.leaveSeconds\)/],
  ],
  ['as it should be', seen({ ...http, codes: '200-299', seconds: 5, patience: 2, failures: 2 }), usual, []],
  [
    'answers are waited for longer than the pauses',
    seen({ ...http, seconds: 5, patience: 6, failures: 2 }),
    usual,
    [/^slaves takes 12 s/],
  ],
  ['more time to leave', seen({ ...http, seconds: 30, failures: 2 }), { ...usual, leaveSeconds: 60 }, []],
  [
    '503 is well',
    seen({ ...http, codes: '200,500-599' }),
    usual,
    [/^slaves counts the answer 503 as healthy \(200,500-599\)/],
  ],
  [
    'idle for too long',
    seen(http, 300, 75),
    usual,
    [/^slaves keeps idle connections for 75 s, but HAProxy closes them after 75 s \(haproxy\.clientSeconds\)/],
  ],
  [
    'gives up too early',
    seen(http, 300, 30),
    usual,
    [/^slaves gives up on an answer after 30 s, .* for 60 s \(haproxy\.serverSeconds\)/],
  ],
  [
    'idle beyond the end',
    seen(http, 100, 200),
    { ...usual, clientSeconds: 150, hardStopSeconds: 170 },
    [
      /^slaves keeps idle connections for 200 s, but HAProxy closes them after 150 s/,
      /^slaves keeps idle connections for 200 s, but HAProxy ends them 170 s \(haproxy\.hardStopSeconds\)/,
    ],
  ],
  [
    'idle until an end that counts as later',
    seen(http, 100, 200),
    { ...usual, clientSeconds: 300, hardStopSeconds: 100 },
    [],
  ],
  [
    'more time to end than an end that counts as later',
    seen(http, 110, 60),
    { ...usual, hardStopSeconds: 10 },
    [/^slaves gives a leaving target 110 s, but HAProxy ends connections 90 s \(haproxy\.hardStopSeconds\)/],
  ],
  [
    'too little time to end',
    seen(http, 30),
    usual,
    [/^slaves gives a leaving target 30 s, but HAProxy waits for an answer for 60 s/],
  ],
  [
    'more time to end than HAProxy has',
    seen(http, 600),
    usual,
    [/^slaves gives a leaving target 600 s, but HAProxy ends connections 300 s/],
  ],
  ['PROXY as it is expected', speaks(true), { proxyProtocol: ['10.0.1.0/24'] }, []],
  ['PROXY that nobody expects', speaks(true), {}, [/^slaves speaks the PROXY protocol, .* list its subnets in/]],
  ['… an empty list', speaks(true), { proxyProtocol: [] }, [/^slaves speaks the PROXY protocol/]],
  ['no PROXY, and nobody expects it', speaks(false), {}, []],
  ['no PROXY where it is expected', speaks(false), { proxyProtocol: ['10.0.1.0/24'] }, [/^slaves does not speak/]],
  [
    "PROXY from the clients' addresses",
    speaks(true, true),
    { proxyProtocol: ['10.0.1.0/24'] },
    [/^slaves preserves client addresses, .* turn client IP preservation off$/],
  ],
  ['… which are all expected', speaks(true, true), { proxyProtocol: ['0.0.0.0/0', '::/0'] }, []],
  ['no HAProxy', seen({ protocol: 'TCP', port: 22 }), undefined, []],
]
for (const [what, balancer, haproxy, said] of MISFITS)
  test(`what does not fit: ${what}`, () => {
    const host = { name: 's-1', vars: haproxy === undefined ? {} : { haproxy } } as unknown as InventoryHost
    const found = misfits(balancer, host)
    assert.is(found.length, said.length, found.join('\n'))
    for (const [i, pattern] of said.entries()) assert.match(found[i] ?? '', pattern)
  })

test.run()
