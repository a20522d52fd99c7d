/**
 * What is wrong in a variable of haproxy or a label of an app is one sentence with its place, before a host is asked. A
 * variable or a label that is new needs a line here.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attributes } from '../../recipes/haproxy/attributes.ts'
import { LABELS, type Label } from '../../src/balancing/labels.ts'
import { findings } from '../../src/deploy/check/findings.ts'
import { withCertificates } from '../support/certificates.ts'
import { slaves } from './load-balancer/support.ts'
import { placesOf } from './places.ts'
import { mistakesOf } from './support.ts'

const test = suite('recipes/haproxy: what is wrong in the inventory, and in labels')
const { path: file } = withCertificates(test)

const places = placesOf(attributes)

const www = { name: 'www', certificate: `file:${file('www.chain')}`, key: `file:${file('www.key')}` }
const tls = (change: object): object => ({ tls: { certificates: [www], ...change } })
const certificate = (change: object): object => tls({ certificates: [{ ...www, ...change }] })

/** By the place of a variable: values that are wrong, and how the one sentence about each begins. */
const WRONG: Readonly<Record<string, readonly (readonly [vars: object, says: RegExp])[]>> = {
  fallback: [[{ fallback: 'some' }, /fallback +must be "others" or "none", not "some"/]],
  defaultBackend: [[{ defaultBackend: 'rails.app' }, /defaultBackend +must be the name of a service in Consul/]],
  critical: [
    [{ critical: ['a b'] }, /critical/],
    [{ critical: 'all' }, /critical/],
  ],
  maxconn: [
    [{ maxconn: 99 }, /maxconn +must be at least 100/],
    [{ maxconn: '9000' }, /maxconn +must be a number/],
  ],
  serverMaxconn: [[{ serverMaxconn: 0 }, /serverMaxconn +must be at least 1/]],
  clientSeconds: [[{ clientSeconds: 0 }, /clientSeconds +must be at least 1/]],
  serverSeconds: [[{ serverSeconds: '60s' }, /serverSeconds +must be a number/]],
  hardStopSeconds: [[{ hardStopSeconds: 1.5 }, /hardStopSeconds +must be a whole number/]],
  healthPort: [
    [{ healthPort: 65_536 }, /healthPort +must be at most 65535/],
    [{ healthPort: 80 }, /healthPort.* 80/],
  ],
  leaveSeconds: [[{ leaveSeconds: -1 }, /leaveSeconds +must be at least 0/]],
  'tls.certificates[].name': [[certificate({ name: 'a/b' }), /certificates\[0\]\.name +must be a name of letters/]],
  'tls.certificates[].certificate': [
    [certificate({ certificate: 'file:nope.pem' }), /\.certificate +the secret's file nope\.pem cannot be read/],
    [certificate({ certificate: `file:${file('www.key')}` }), /\.certificate +has no certificate/],
    [certificate({ certificate: `file:${file('api.crt')}` }), /\.key +has the key of another certificate/],
    [certificate({ certificate: 'www.pem' }), /\.certificate +is a secret/],
  ],
  'tls.certificates[].key': [
    [certificate({ key: 'env:NO_SUCH_KEY' }), /\.key +.*NO_SUCH_KEY/],
    [certificate({ key: `file:${file('api.key')}` }), /\.key +has the key of another certificate than that of CN=www/],
    [certificate({ key: undefined }), /\.certificate +has no private key: put it there, or give "key"/],
  ],
  httpPorts: [
    [{ httpPorts: 8088 }, /httpPorts +must be a list/],
    [{ httpPorts: ['8088'] }, /httpPorts\[0\] +must be a number/],
    [{ httpPorts: [8088, 8088] }, /httpPorts +names a port twice/],
    [{ httpPorts: [80] }, /httpPorts\[0\].* 80/],
    [{ httpPorts: [8081] }, /httpPorts\[0\].*8081/],
    [{ httpPorts: [0] }, /httpPorts\[0\] +must be at least 1/],
  ],
  tcpPorts: [
    [{ tcpPorts: { pg: 5432 } }, /tcpPorts +must be a list/],
    [{ tcpPorts: ['5432'] }, /tcpPorts\[0\] +must be a number/],
    [{ tcpPorts: [5432, 65_536] }, /tcpPorts\[1\] +must be at most 65535/],
    [{ tcpPorts: [1883, 5432, 1883] }, /tcpPorts +names a port twice/],
    [{ tcpPorts: [22] }, /tcpPorts\[0\].* 22/],
    [{ tcpPorts: [5432, 8500] }, /tcpPorts\[1\].* 8500/],
    [{ httpPorts: [8088], tcpPorts: [8088] }, /(tcp|http)Ports\[0\].* 8088/],
    [{ tcpPorts: [2525], extra: { sections: ['listen smtp', '  bind :2525'] } }, / 2525/],
  ],
  'tls.port': [
    [tls({ port: 0 }), /tls\.port +must be at least 1/],
    [tls({ port: 80 }), /tls\.port.* 80/],
  ],
  'tls.minVersion': [[tls({ minVersion: 'SSLv3' }), /tls\.minVersion +must be "TLSv1\.2" or "TLSv1\.3"/]],
  redirectToHttps: [[{ redirectToHttps: 'yes' }, /redirectToHttps +must be true or false/]],
  hstsSeconds: [[{ hstsSeconds: -1 }, /hstsSeconds +must be at least 0/]],
  proxyProtocol: [
    [{ proxyProtocol: ['10.0.0.0/33'] }, /proxyProtocol\[0\] +must be an address or a network like/],
    [{ proxyProtocol: '10.0.0.0/16' }, /proxyProtocol +must be a list/],
  ],
  trustedProxies: [[{ trustedProxies: ['elb.internal'] }, /trustedProxies\[0\] +must be an address or a network/]],
  tunnelSeconds: [[{ tunnelSeconds: 0 }, /tunnelSeconds +must be at least 1/]],
  gzip: [[{ gzip: 'on' }, /gzip +must be true or false/]],
  headerKb: [
    [{ headerKb: 15 }, /headerKb +must be at least 16/],
    [{ headerKb: 1025 }, /headerKb +must be at most 1024/],
  ],
  accessLog: [[{ accessLog: true }, /accessLog +must be "none" or "errors" or "all"/]],
  accessLogMaxMb: [
    [{ accessLogMaxMb: 0 }, /accessLogMaxMb +must be at least 1/],
    [{ accessLogMaxMb: '500m' }, /accessLogMaxMb +must be a number/],
  ],
  metricsPort: [
    [{ metricsPort: '9101' }, /metricsPort +must be a number/],
    [{ metricsPort: 8301 }, /metricsPort.* 8301/],
  ],
  ipv6: [[{ ipv6: 1 }, /ipv6 +must be true or false/]],
  'extra.global': [
    [{ extra: { global: ['maxconn 5'] } }, /global\[0\] cannot contain "maxconn 5"/],
    [{ extra: { global: ['stats  socket /x'] } }, /global\[0\] cannot contain "stats socket \/x": the recipe sets it/],
  ],
  'extra.defaults': [
    [{ extra: { defaults: ['backend x'] } }, /defaults\[0\] cannot begin a section/],
    // however HAProxy would read the words
    [
      { extra: { defaults: ['timeout \t client 5s # short'] } },
      /"timeout client 5s": it is the variable clientSeconds/,
    ],
    [{ extra: { defaults: ['"mode" \'tcp\''] } }, /defaults\[0\] cannot contain "mode tcp": the recipe sets it/],
    [{ extra: { defaults: ['no option redispatch'] } }, /cannot contain "no option redispatch": the recipe sets it/],
  ],
  'extra.frontend': [
    [{ extra: { frontend: ['default_backend x'] } }, /frontend\[0\] cannot contain/],
    [{ extra: { frontend: ['bind :8301'] } }, /extra\.frontend\[0\].* 8301/],
    [{ extra: { frontend: ['b"in"d \\:80'] } }, /extra\.frontend\[0\].* 80/],
  ],
  'extra.sections': [
    [{ extra: { sections: ['mode tcp'] } }, /sections\[0\] must begin with a section/],
    [{ extra: { sections: ['listen smtp', '  bind :80'] } }, /extra\.sections\[1\].* 80/],
    [{ extra: { sections: ['listen smtp', '  "bind" :80'] } }, /extra\.sections\[1\].* 80/],
    [{ extra: { sections: ['log-forward l', '  dgram-bind :8301'] } }, /extra\.sections\[1\].* 8301/],
    [{ extra: { sections: ['listen x', ' "defaults"'] } }, /sections\[1\] cannot contain "defaults"/],
  ],
  packageVersion: [[{ packageVersion: 2.6 }, /packageVersion +must be (a )?text/]],
}

test('each variable has a case', () => assert.equal(Object.keys(WRONG).toSorted(), places.toSorted()))

for (const [place, cases] of Object.entries(WRONG))
  for (const [vars, says] of cases)
    test(`${place}: ${JSON.stringify(vars).slice(0, 70)}`, () => {
      const mistakes = mistakesOf(() => slaves({ haproxy: vars }))
      assert.match(mistakes, says)
      // a port that is taken is so on each slave
      assert.match(mistakes, /has (1 mistake|2 mistakes):/)
      const [, ...told] = mistakes
        .replaceAll('slave-2', 'slave-1')
        .split('\n')
        .filter((line) => line.trim() !== '')
      assert.is(new Set(told).size, 1, mistakes)
    })

/** By label: values that are wrong, and the sentence that `deploy` refuses each with. */
const LABEL: Readonly<Record<Label, readonly (readonly [value: string, says: RegExp])[]>> = {
  'lb.enable': [['yes', /^"yes" is neither "true" nor "false"/]],
  'lb.name': [['my app', /write "my-app"/]],
  'lb.host': [['https://www.example.com/', /write "www\.example\.com"/]],
  'lb.path': [['api', /write "\/api"/]],
  'lb.check': [['healthz', /write "\/healthz"/]],
  'lb.port': [['https', /there is no port "https"/]],
  'lb.timeout': [
    ['0', /"0" is not a number of seconds from 1 to 86400/],
    ['5m', /is not a number of seconds/],
  ],
  'lb.maxconn': [
    ['100001', /"100001" is not a number of requests from 1 to 100000/],
    ['many', /is not a number of requests/],
  ],
  'lb.tcp': [
    ['0', /"0" is not a port from 1 to 65535/],
    ['70000', /is not a port/],
    ['postgres', /is not a port/],
    ['5432:5432', /is not a port/],
    ['5432,5433', /is not a port/],
  ],
  'lb.sticky': [['cookie', /^"cookie" is neither "true" nor "false"/]],
}

test('each label has a case', () => assert.equal(Object.keys(LABEL).toSorted(), Object.keys(LABELS).toSorted()))

for (const [label, cases] of Object.entries(LABEL))
  for (const [value, says] of cases)
    test(`${label}: ${value}`, () => {
      const app = {
        id: '/web',
        instances: 2,
        container: { portMappings: [{ containerPort: 3000, hostPort: 0, name: 'http' }] },
        labels: { 'lb.enable': 'true', [label]: value },
        healthChecks: [{ protocol: 'MESOS_HTTP', path: '/up' }],
      }
      const [found, ...more] = findings(app, { slaves: 2 }).filter(({ name }) => name.startsWith('lb-'))
      assert.equal([found?.level, found?.path, more], ['refuse', `labels["${label}"]`, []])
      assert.match(found?.message ?? '', says)
    })

test.run()
