import { beside, definitions, docker, labels, rails, worker } from './definition.ts'

/** An app as Marathon lists it, with what it adds. */
const listed = (app: object): Record<string, unknown> => ({ cmd: null, args: null, env: {}, labels: {}, ...app })
const web = listed(rails({ id: '/web', env: { PRESTOP: '10', VERSION: 'v1' } }))
const shop = (change: object = {}) => rails({ id: '/shop', env: { PRESTOP: '10', VERSION: 'v2' }, ...change })
const jobs = listed(worker({ id: '/jobs' }))
const CLASH = 'refuse lb-clash labels["lb.host"], refuse lb-clash labels["lb.enable"]'
const HINT = 'warn replaces id'
const replaces = { replaces: '/jobs' }

definitions('an app that runs under another name', 11, [
  ['a worker under a new id', worker(), HINT, beside(jobs)],
  ['… in a group', worker({ id: '/back/jobs' }), HINT, beside(jobs)],
  ['… whose place it takes', worker(), '', { ...beside(jobs), ...replaces }],
  ['… that is there, stopped', worker(), '', { ...beside(jobs), ids: ['/jobs', '/worker'] }],
  ['another program', worker({ cmd: 'exec clockwork' }), '', beside(jobs)],
  ['another environment', worker({ env: { QUEUE: 'mail' } }), '', beside(jobs)],
  ['an app that is the default while it is alone', shop(), `${CLASH}, ${HINT}`, beside(web)],
  [
    '… in another version',
    shop({ container: docker('registry.example.com/web:1.3') }),
    `${CLASH}, ${HINT}`,
    beside(web),
  ],
  ['… of another image', shop({ container: docker('registry.example.com/shop:1.2') }), CLASH, beside(web)],
  [
    'one with a name of its own',
    shop(labels({ 'lb.host': 'b.example.com' })),
    'warn lb-clash labels["lb.enable"]',
    beside({ ...web, ...labels({ 'lb.host': 'a.example.com' }) }),
  ],
  ['one app alone', worker(), ''],
]).run()
