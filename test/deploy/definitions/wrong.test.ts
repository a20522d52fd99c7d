import { CHECK, check, definitions, docker, labels, MAPPING, ports, rails, worker } from './definition.ts'

definitions('that are wrong, or none', 26, [
  // All mistakes in one run.
  [
    'a number in env, and labels',
    rails({ env: { PORT: 3000 }, ...labels({ 'lb.host': 'a:80', 'lb.path': 'api' }) }),
    `app.json has 3 mistakes:
  env.PORT            must be text or an object { … }, not 3000
  labels["lb.host"]   "a:80" is more than a host name: write "a". (--allow lb-label)
  labels["lb.path"]   "api" does not begin with a slash: write "/api". (--allow lb-label)`,
  ],
  [
    'a switch that is no text, and a check',
    rails({ labels: { 'lb.enable': true }, ...check({ ...CHECK, maxConsecutiveFailures: 0 }) }),
    `app.json has 2 mistakes:
  labels["lb.enable"]                      must be text in double quotes, not true
  healthChecks[0].maxConsecutiveFailures   0 means never`,
  ],
  [
    'a misspelt key, an image, a constraint',
    rails({ instance: 2, container: docker('web'), constraints: [['hostname', 'GROUP_BY']] }),
    `app.json has 3 mistakes:
  container.docker.image   web names no fixed version`,
  ],
  [
    'what is misspelt is not missing as well',
    rails({ healthChecks: undefined, healthCheck: [CHECK] }),
    'app.json has 1 mistake:\n  healthCheck   is not a known key; did you mean "healthChecks"?',
  ],
  [
    'what hangs on a mistake is not judged',
    rails({ ...ports({ ...MAPPING, name: 3 }), ...labels({ 'lb.port': 'http' }) }),
    'app.json has 1 mistake:\n  container.portMappings[0].name   must be text in double quotes, not 3',
  ],
  ['a list of nothing', worker({ constraints: [null] }), 'app.json has 1 mistake:\n  constraints[0]   must be'],
  // What is no app of ours.
  [
    "an error of Marathon's",
    { message: "App '/x' does not exist" },
    'app.json contains an error that Marathon answered',
  ],
  [
    'an answer to a change',
    { version: '2026', deploymentId: '5ed4' },
    'app.json contains what Marathon answers to a change',
  ],
  ['the versions of an app', { versions: ['2026'] }, "app.json contains the list of an app's versions"],
  ['the tasks of an app', { tasks: [] }, 'app.json contains a list of tasks'],
  ['the queue', { queue: [] }, "app.json contains Marathon's queue"],
  ['Kubernetes', { apiVersion: 'apps/v1', kind: 'Deployment', spec: {} }, 'app.json contains an object of Kubernetes'],
  ['Docker Compose', { version: '3', services: { web: {} } }, 'app.json contains a file of Docker Compose'],
  ['Chronos', { name: 'x', schedule: 'R/P1D', command: 'true' }, 'app.json contains a job of Chronos'],
  ['Metronome', { id: 'x', run: { cmd: 'true' } }, 'app.json contains a job of Metronome'],
  ['Nomad', { job: { web: {} } }, 'app.json contains a job of Nomad'],
  ['DC/OS', { name: 'marathon-lb', packagingVersion: '3.0' }, 'app.json contains a package of DC/OS'],
  ['an inventory', { hosts: {} }, 'app.json contains an inventory'],
  ['nothing', {}, 'app.json has 1 mistake:\n  id   is missing'],
  ['a group', { id: '/prod', apps: [worker()] }, 'app.json contains a group'],
  ['a group of groups', { id: '/', groups: [{ id: '/prod', apps: [] }] }, 'app.json contains a group'],
  ['a pod', { id: '/pod', containers: [{ name: 'a', resources: { cpus: 1, mem: 32 } }] }, 'app.json contains a pod'],
  ['what Marathon answers', { app: worker() }, 'app.json contains an answer from Marathon'],
  ['what Marathon answers for all', { apps: [worker()] }, 'app.json contains a list of apps'],
  ['a list', [worker()], 'app.json contains a list'],
  [
    'an export',
    worker({ version: '2026-11-22T10:43:26.398Z', versionInfo: {}, tasksRunning: 1, tasksHealthy: 1 }),
    "app.json has 1 mistake:\n  version   is Marathon's own, as are versionInfo, tasksRunning, tasksHealthy: leave them out",
  ],
]).run()
