/** The variables of a public site besides certificates: what is wrong in the inventory is one sentence. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slaves } from './load-balancer/support.ts'
import { mistakesOf } from './support.ts'

const test = suite("recipes/haproxy: a site's variables")

test('the document has lines that may be added', () => {
  const document = readFileSync(new URL('../../docs/recipes.md', import.meta.url), 'utf8')
  const [block = ''] = /^ {4}"haproxy": \{\n {6}"extra"[\s\S]*?^ {4}\}$/m.exec(document) ?? []
  const { haproxy } = JSON.parse(`{${block}}`)
  assert.is(haproxy.extra.frontend.length, 5)
  slaves({ haproxy })
})

for (const [what, vars, says] of [
  [
    'a network that is none',
    { proxyProtocol: ['10.0.0.0/33'] },
    /proxyProtocol\[0\] +must be an address or a network like/,
  ],
  ...[':::', '12345::', '1:2', '010.0.0.1', '10.0.0.1/08', '2001:db8::/129', 'fe80::1%eth0', '10.0.0.0/', '1/2/3'].map(
    (network) =>
      [
        `"${network}" for a network`,
        { proxyProtocol: ['10.0.0.0/8', network] },
        /proxyProtocol\[1\] +must be an address or a network like 10\.0\.0\.0\/16/,
      ] as const,
  ),
  [
    'a name for a network',
    { trustedProxies: ['elb.internal'] },
    /trustedProxies\[0\] +must be an address or a network like/,
  ],
  ['a log of another kind', { accessLog: 'yes' }, /accessLog +must be "none" or "errors" or "all"/],
  ['small headers', { headerKb: 8 }, /headerKb +must be at least 16/],
  ['no patience for WebSockets', { tunnelSeconds: 0 }, /tunnelSeconds +must be at least 1/],
  [
    'what a variable says',
    { extra: { global: ['nbthread 2', ' maxconn 5'] } },
    /extra +global\[1\] cannot contain "maxconn 5": it is the variable maxconn/,
  ],
  [
    'what labels say',
    { extra: { frontend: ['use_backend x if { path /a }'] } },
    /frontend\[0\] cannot contain .*: the labels of the apps set it/,
  ],
  ['a section among lines', { extra: { defaults: ['backend x'] } }, /defaults\[0\] cannot begin a section/],
  [
    'lines before a section',
    { extra: { sections: ['mode tcp'] } },
    /sections\[0\] must begin with a section, like "listen smtp"/,
  ],
  [
    'a section of the recipe',
    { extra: { sections: ['backend be_web'] } },
    /sections\[0\] cannot contain "backend be_web"/,
  ],
  ['two lines in one', { extra: { global: ['a\nb'] } }, /global\[0\] +must be one line of text/],
  ['a place that there is not', { extra: { backend: [] } }, /extra\.backend +is not a known key/],
] as const) {
  test(`the inventory has ${what}`, () =>
    assert.match(
      mistakesOf(() => slaves({ haproxy: vars })),
      says,
    ))
}

test.run()
