import {
  command,
  defineRecipe,
  directory,
  pkg,
  type Resource,
  render,
  service,
  sh,
  systemdUnit,
  template,
} from '../src/index.ts'
import { type Attributes, attributes } from './haproxy/attributes.ts'
import { health } from './haproxy/health.ts'
import { DOUBT, END, PATHS, WAIT } from './haproxy/paths.ts'

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
      printf %s ${render('haproxy/base.cfg.ejs', attrs)} >"$new"
      chmod 0644 "$new"
      mv -fT "$new" ${PATHS.live}`,
  })
  const limits = systemdUnit('haproxy.service.d/provision.conf', {
    content: `[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nLimitNOFILE=${2 * attrs.maxconn + 1000}\nRestartSec=1\n`,
  })
  return [
    directory('/etc/haproxy', {}),
    begin, // before the package, so that its first start is right already
    limits,
    installed,
    directory('/usr/local/lib/provision', {}),
    template(PATHS.golive, {
      from: 'haproxy/golive.sh.ejs',
      vars: { ...PATHS, end: END, wait: WAIT, doubt: DOUBT },
      mode: '0755',
    }),
    service('haproxy', { restartOn: [limits, installed], reloadOn: [begin] }),
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
  health: (host, _cluster, net) => health(host, net),
  // slaves of which few at a time stop taking connections: the load balancer in front has the others
  rolling: { services: ['haproxy.service'], unavailable: (members) => Math.max(1, Math.floor(members / 4)) },
})
