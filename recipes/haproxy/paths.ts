/** The paths of the chain to HAProxy on a host. */
export const PATHS = {
  /** HAProxy's live configuration. */
  live: '/etc/haproxy/haproxy.cfg',
  /** consul-template's template. */
  template: '/etc/consul-template/haproxy.ctmpl',
  /** consul-template's output. */
  staged: '/var/lib/consul-template/haproxy.cfg',
  golive: '/usr/local/lib/provision/haproxy-golive',
  /** The go-live script's state. */
  dir: '/run/haproxy-golive',
  /** The registrar's status file. */
  registrar: '/run/provision-registrar/status.json',
  /** Certificates with their keys. */
  certs: '/etc/haproxy/certs',
} as const

/** The last line of a complete configuration. */
export const END = '# provision: end'

/** The start of the last line of a render that must not go live; the reason follows. */
export const WAIT = '# provision: wait: '

/** For how many seconds "all apps are gone" is not believed. */
export const DOUBT = 30
