/** What a tool is asked for, in no tool's words. A template has `@@` where the greeting stands. */
export type Resource =
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'user'; readonly name: string; readonly home: string; readonly shell: string }
  | { readonly kind: 'packages'; readonly names: readonly string[] }
  | { readonly kind: 'directory'; readonly path: string; readonly owner: string; readonly mode: string }
  | { readonly kind: 'file'; readonly path: string; readonly content: string; readonly mode: string }
  | { readonly kind: 'template'; readonly path: string; readonly content: string; readonly mode: string }
  | { readonly kind: 'line'; readonly path: string; readonly line: string }
  | { readonly kind: 'unit'; readonly name: string; readonly content: string }
  | { readonly kind: 'link'; readonly path: string; readonly to: string }
  | {
      readonly kind: 'service'
      readonly name: string
      /** Names of units and paths of files after whose change it is restarted or reloaded. */
      readonly restartOn: readonly string[]
      readonly reloadOn: readonly string[]
    }

const settings = (of: string, lines: number): string =>
  Array.from({ length: lines }, (_, i) => `setting-${of}-${i} = value ${(i * 7) % 13} of ${of}\n`).join('')
const greeting = (of: string, lines: number): string => `# greeting: @@\n${settings(of, lines)}`

const directory = (path: string, owner = 'root', mode = '0755'): Resource => ({ kind: 'directory', path, owner, mode })
const file = (path: string, content: string, mode = '0644'): Resource => ({ kind: 'file', path, content, mode })
const template = (path: string, content: string, mode = '0644'): Resource => ({ kind: 'template', path, content, mode })
const service = (name: string, on: { restart?: readonly string[]; reload?: readonly string[] }): Resource => ({
  kind: 'service',
  name,
  restartOn: on.restart ?? [],
  reloadOn: on.reload ?? [],
})
const unit = (name: string): Resource => ({
  kind: 'unit',
  name: `${name}.service`,
  content: `[Unit]\nDescription=${name}\n\n[Service]\nExecStart=/bin/sh -c 'cat /etc/bench/${name}.conf >/run/${name}; exec sleep infinity'\n\n[Install]\nWantedBy=multi-user.target\n`,
})
const limits = (of: string): Resource => ({
  kind: 'unit',
  name: `${of}.service.d/limits.conf`,
  content: '[Service]\nLimitNOFILE=8192\n',
})

const HAPROXY = `# greeting: @@
global
    maxconn 256
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend f
    bind :8081
    http-request return status 200
`
const NGINX = '# greeting: @@\nserver {\n  listen 8082;\n  return 200;\n}\n'

/** 20 resources that every tool has: a group, two users, five directories, eight files, four lines. */
export const twenty: readonly Resource[] = [
  { kind: 'group', name: 'appgrp' },
  ...['alice', 'bob'].map((name): Resource => ({ kind: 'user', name, home: `/home/${name}`, shell: '/bin/sh' })),
  ...Array.from({ length: 5 }, (_, i) => directory(`/srv/app${i}`)),
  ...Array.from({ length: 8 }, (_, i) => file(`/srv/app${i % 5}/conf${i}.ini`, settings(`s${i}`, 20))),
  ...['environment', 'profile', 'shells', 'bash.bashrc'].map(
    (name, i): Resource => ({ kind: 'line', path: `/etc/${name}`, line: `# BENCH_${i}=value${i}` }),
  ),
]

const DAEMONS = ['consul', 'agent', 'registrar', 'tmpl', 'docker0'].map((name) => `bench-${name}`)
const PLACES = [
  '/etc/bench',
  '/etc/consul',
  '/etc/consul/conf.d',
  '/etc/mesos',
  '/etc/mesos/cni',
  '/var/lib/mesos',
  '/var/log/mesos',
  '/opt/bench',
  '/etc/registrar',
  '/etc/tmpl',
  '/etc/tmpl/templates',
  '/usr/local/lib/bench',
  '/etc/bench/cloud',
  '/etc/bench/cloud/cfg.d',
]
const PACKAGES = 'ca-certificates curl tar unzip jq socat cron logrotate rsync haproxy nginx'.split(' ')

/** 70 resources, mixed as on a slave of a cluster, eleven packages and seven services among them. */
export const seventy: readonly Resource[] = [
  { kind: 'group', name: 'deploy' },
  ...['consul', 'registrar', 'tmpl'].map(
    (name): Resource => ({ kind: 'user', name, home: `/var/lib/${name}`, shell: '/usr/sbin/nologin' }),
  ),
  { kind: 'packages', names: PACKAGES },
  ...PLACES.map((path) => directory(path)),
  directory('/var/lib/consul', 'consul', '0750'),
  ...Array.from({ length: 15 }, (_, i) => {
    const place = ['/etc/consul/conf.d', '/etc/mesos', '/etc/registrar', '/etc/tmpl/templates', '/usr/local/lib/bench']
    return file(`${place[i % 5]}/f${i}.conf`, settings(`f${i}`, 15 + 5 * i))
  }),
  ...DAEMONS.map((name) => template(`/etc/bench/${name}.conf`, greeting(name, 30))),
  template('/etc/haproxy/haproxy.cfg', HAPROXY),
  template('/etc/nginx/conf.d/bench.conf', NGINX),
  ...DAEMONS.map(unit),
  limits('haproxy'),
  limits('nginx'),
  { kind: 'link', path: '/opt/bench/now', to: '/opt/bench' },
  { kind: 'link', path: '/usr/local/bin/bench-now', to: '/opt/bench/now' },
  { kind: 'link', path: '/etc/bench/current', to: '/etc/bench/cloud' },
  { kind: 'link', path: '/etc/mesos/current', to: '/etc/mesos/cni' },
  ...DAEMONS.map((name) => service(name, { restart: [`${name}.service`, `/etc/bench/${name}.conf`] })),
  service('haproxy', { restart: ['haproxy.service.d/limits.conf'], reload: ['/etc/haproxy/haproxy.cfg'] }),
  service('nginx', { restart: ['nginx.service.d/limits.conf'], reload: ['/etc/nginx/conf.d/bench.conf'] }),
]

/** A first converge of two packaged daemons and one of one's own: 20 files, three services. */
export const daemons: readonly Resource[] = [
  { kind: 'packages', names: ['haproxy', 'nginx'] },
  directory('/etc/bench'),
  ...Array.from({ length: 17 }, (_, i) => file(`/etc/bench/f${i}.conf`, settings(`f${i}`, 30))),
  template('/etc/bench/bench-one.conf', greeting('one', 30)),
  template('/etc/haproxy/haproxy.cfg', HAPROXY),
  template('/etc/nginx/conf.d/bench.conf', NGINX),
  unit('bench-one'),
  service('bench-one', { restart: ['bench-one.service', '/etc/bench/bench-one.conf'] }),
  service('haproxy', { reload: ['/etc/haproxy/haproxy.cfg'] }),
  service('nginx', { reload: ['/etc/nginx/conf.d/bench.conf'] }),
]

/** The path or the name by which services know it; packages have none. */
export function nameOf(each: Resource): string {
  if (each.kind === 'packages') return ''
  return 'path' in each ? each.path : each.name
}

/** How a tool that installs packages one by one would count them. */
export const count = (list: readonly Resource[]): number =>
  list.reduce((sum, each) => sum + (each.kind === 'packages' ? each.names.length : 1), 0)
