/** Where the chain to HAProxy lies on a host. */
export const PATHS = {
  /** What HAProxy reads. */
  live: '/etc/haproxy/haproxy.cfg',
  /** What consul-template renders from. */
  template: '/etc/consul-template/haproxy.ctmpl',
  /** What consul-template writes. */
  staged: '/var/lib/consul-template/haproxy.cfg',
  golive: '/usr/local/lib/provision/haproxy-golive',
  /** What the go-live script says and remembers. */
  dir: '/run/haproxy-golive',
  /** Where the registrar says how it is. */
  registrar: '/run/provision-registrar/status.json',
  /** Certificates, each with its key. */
  certs: '/etc/haproxy/certs',
} as const

/** The last line of a configuration that is whole. */
export const END = '# provision: end'

/** What the last line of a rendered one begins with that must not go live, followed by the reason. */
export const WAIT = '# provision: wait: '

/** Seconds for which it is not believed that all apps are gone at once. */
export const DOUBT = 30
