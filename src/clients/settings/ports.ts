/**
 * The ports of the daemons. Consul and Marathon may have other ports on a host: see `consulPort` and `marathonPort`.
 */
export const PORTS = {
  zookeeper: 2181,
  mesosMaster: 5050,
  mesosAgent: 5051,
  marathon: 8080,
  consul: 8500,
  /** The port for requests. */
  haproxy: 80,
  /** The port for statistics, on 127.0.0.1 only. */
  haproxyStats: 22002,
} as const
