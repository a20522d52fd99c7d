// Apps whose names the certificates of the HAProxies are for, or not.
import type { Surroundings } from '../../../src/deploy/check/rule.ts'
import { definitions, HOST, labels, rails } from './definition.ts'

const certified = (...names: string[]): Partial<Surroundings> => ({
  fronts: [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [5432], certified: names }],
})
const host = (name: string) => rails(labels({ 'lb.host': name }))
const BARE = `warn lb-certificate ${HOST}`

definitions('and certificates', 9, [
  ['a name', host('www.example.com'), '', certified('example.com', 'www.example.com')],
  ['in capitals', host('WWW.example.com'), '', certified('www.example.com')],
  ['below a star', host('www.example.com'), '', certified('*.example.com')],
  ['all names below', host('*.example.com'), '', certified('*.example.com')],
  ['all names below, and one is known', host('*.example.com'), BARE, certified('www.example.com')],
  ['two below a star', host('a.b.example.com'), BARE, certified('*.example.com')],
  ['a name that the renewed one lacks', host('www.example.com,shop.example.com'), BARE, certified('www.example.com')],
  ['no redirect to https', host('www.example.com'), ''],
  ['no name', rails(), '', certified('www.example.com')],
  [
    'no HTTP',
    rails(labels({ 'lb.host': 'db.example.com', 'lb.tcp': '5432' })),
    'refuse lb-label labels["lb.host"]',
    certified('www.example.com'),
  ],
]).run()
