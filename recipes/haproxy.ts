import {
  command,
  defineRecipe,
  directory,
  type Host,
  type Net,
  pkg,
  type Refusal,
  type Resource,
  render,
  type Step,
  service,
  sh,
  systemdUnit,
  template,
} from '../src/index.ts'
import { runs, varsOf } from './common/host.ts'
import { portsTaken } from './common/ports.ts'
import { type Attributes, attributes } from './haproxy/attributes.ts'
import { joinBalancer, leaveBalancer } from './haproxy/balancer.ts'
import { certificateFiles, refuseInvalid } from './haproxy/certificates.ts'
import { health } from './haproxy/health.ts'
import { boundedLogs } from './haproxy/logs.ts'
import { DOUBT, END, PATHS, WAIT } from './haproxy/paths.ts'
import { listens, portsInUse } from './haproxy/ports.ts'
import { UNSET } from './haproxy/site.ts'

/** Lines of a user's own come with the first render, which HAProxy checks: until then it must start. */
const NONE = { global: [], defaults: [] }

/**
 * A failed one is started again for ever; journald drops what a service says too fast, and each request is a line. No
 * limit of files: HAProxy, which begins as root, gets as many as its maxconn needs, at a reload as well.
 */
const UNIT = '[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nRestartSec=1\nLogRateLimitIntervalSec=0\n'

function resources(_host: unknown, _cluster: unknown, attrs: Attributes): readonly Resource[] {
  const installed = pkg('haproxy', {
    held: true,
    ...(attrs.packageVersion === undefined ? {} : { version: attrs.packageVersion }),
  })
  // From its first render on the file is consul-template's. A packager's, and one that somebody wrote by hand, gives
  // way.
  const begin = command('haproxy.cfg until the first render', {
    unless: sh`[ "$(tail -n 1 ${PATHS.live})" = ${END} ]`,
    run: sh`
      new=/etc/haproxy/.haproxy.cfg.provision
      printf %s ${render('haproxy/base.cfg.ejs', { ...UNSET, ...attrs, extra: NONE, tls: undefined })} >"$new"
      chmod 0644 "$new"
      mv -fT "$new" ${PATHS.live}`,
  })
  const limits = systemdUnit('haproxy.service.d/provision.conf', { content: UNIT })
  const certificates = certificateFiles(attrs)
  return [
    directory('/etc/haproxy', {}),
    ...(certificates.length > 0 ? [directory(PATHS.certs, { mode: '0700' })] : []),
    ...certificates,
    begin, // before the package, so that its first start is right already
    limits,
    installed,
    directory('/usr/local/lib/provision', {}),
    template(PATHS.golive, {
      from: 'haproxy/golive.sh.ejs',
      vars: { ...PATHS, end: END, wait: WAIT, doubt: DOUBT },
      mode: '0755',
    }),
    ...boundedLogs(attrs),
    // a reload starts the program anew as well, with the old one's sockets, and what is in progress goes on
    service('haproxy', { reloadOn: [limits, installed, begin, ...certificates] }),
  ]
}

/** What must not be applied: a certificate that nobody would accept, a port that somebody else has, or an app. */
async function refuse(host: Host, _cluster: unknown, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  // what it listens on comes with the next render
  const moved = steps.some(({ name }) => name === PATHS.template)
  const vars = varsOf<Attributes>(host, 'haproxy')
  return [
    ...refuseInvalid(vars, steps, Date.now() / 1000),
    ...(await portsTaken(net, steps, 'haproxy', listens(host), moved)),
    ...(moved ? await portsInUse(net, vars) : []),
  ]
}

/**
 * HAProxy on a slave: its limits, what it serves until consul-template has rendered, and the script that takes a render
 * live.
 */
export const haproxy = defineRecipe({
  name: 'haproxy',
  unit: 'haproxy.service',
  attributes,
  resources,
  listens,
  refuse,
  health: (host, _cluster, net) => health(host, net),
  // slaves of which few at a time stop taking connections: the load balancer in front has the others
  rolling: {
    services: ['haproxy.service'],
    facesClients: true,
    unavailable: (members) => Math.max(1, Math.floor(members / 4)),
    drains: (host, cluster) => runs(cluster, host, 'consul') && runs(cluster, host, 'consul-template'),
    before: leaveBalancer,
    after: joinBalancer,
  },
})
