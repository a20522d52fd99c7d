import {
  command,
  defineRecipe,
  directory,
  type Host,
  haproxyHardStop,
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
import { certificateFiles, refuseCertificates } from './haproxy/certificates.ts'
import { health } from './haproxy/health.ts'
import { boundedLogs } from './haproxy/logs.ts'
import { namesLost } from './haproxy/lost-names.ts'
import { DOUBT, END, PATHS, WAIT } from './haproxy/paths.ts'
import { listens, portsInUse } from './haproxy/ports.ts'
import { UNSET } from './haproxy/site.ts'

/**
 * The user's own lines arrive with the first render, which HAProxy validates: until then it must start without them.
 */
const NONE = { global: [], defaults: [] }

/**
 * systemd restarts a failed HAProxy for ever. journald drops messages of services that log too fast, and each request
 * is a line, so its rate limit is off. There is no file limit: HAProxy, which starts as root, raises its own to what
 * maxconn needs, also on a reload.
 */
const UNIT = '[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nRestartSec=1\nLogRateLimitIntervalSec=0\n'

function resources(_host: unknown, _cluster: unknown, attrs: Attributes): readonly Resource[] {
  const installed = pkg('haproxy', {
    held: true,
    ...(attrs.packageVersion === undefined ? {} : { version: attrs.packageVersion }),
  })
  // From the first render on, consul-template owns the file. Until then this replaces a packager's, or a hand-written
  // one.
  const begin = command('haproxy.cfg until the first render', {
    unless: sh`[ "$(tail -n 1 ${PATHS.live})" = ${END} ]`,
    run: sh`
      new=/etc/haproxy/.haproxy.cfg.provision
      printf %s ${render('haproxy/base.cfg.ejs', { ...UNSET, ...attrs, hardStopSeconds: haproxyHardStop(attrs), extra: NONE, tls: undefined })} >"$new"
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
    // a reload starts the new program too: it takes over the old one's sockets, and open requests finish
    service('haproxy', { reloadOn: [limits, installed, begin, ...certificates] }),
  ]
}

/**
 * Refuses certificates that no client would accept or that leave out an app's name, ports that other processes have,
 * and removing the port of an app.
 */
async function refuse(host: Host, _cluster: unknown, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  // changes of its ports arrive with the next render
  const moved = steps.some(({ name }) => name === PATHS.template)
  const vars = varsOf<Attributes>(host, 'haproxy')
  return [
    ...refuseCertificates(vars, steps, Date.now() / 1000),
    ...(await portsTaken(net, steps, 'haproxy', listens(host), moved)),
    ...(moved ? await portsInUse(net, vars) : []),
    ...(moved || steps.some(({ name }) => name.startsWith(PATHS.certs)) ? await namesLost(net, vars) : []),
  ]
}

/** HAProxy on a slave: its limits, its configuration until consul-template's first render, and the go-live script. */
export const haproxy = defineRecipe({
  name: 'haproxy',
  unit: 'haproxy.service',
  timers: ['haproxy-logs'],
  attributes,
  resources,
  listens,
  refuse,
  health: (host, _cluster, net) => health(host, net),
  // only a few slaves at a time stop accepting connections: the load balancer in front uses the others
  rolling: {
    services: ['haproxy.service'],
    facesClients: true,
    unavailable: (members) => Math.max(1, Math.floor(members / 4)),
    drains: (host, cluster) => runs(cluster, host, 'consul') && runs(cluster, host, 'consul-template'),
    before: leaveBalancer,
    after: joinBalancer,
  },
})
