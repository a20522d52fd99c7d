import type { App } from '../marathon/answers.ts'

/** How an app wants to be balanced: what its labels say. */
export interface Balanced {
  /** The Consul service's name. */
  readonly name: string
  /** Which of its ports. */
  readonly portIndex: number
  /** Host names; `*.example.com` for all below. */
  readonly hosts: readonly string[]
  /** A prefix of paths, without a slash at its end. */
  readonly path: string | undefined
  /** Path of the health check. */
  readonly check: string
  /** Labels that cannot be followed, one sentence each: they are left out. */
  readonly problems: readonly string[]
}

/** Consul takes no longer value in a service's Meta. */
const MOST = 512
const HOST = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
/** What may stand in HAProxy's configuration without quotes. */
const PATH = /^\/[A-Za-z0-9._~!&=:@%/?+,-]*$/

/** A name that Consul's DNS, consul-template and HAProxy take: no dots, which part a tag from a name. */
const serviceName = (text: string): string => text.replace(/^\/+/, '').replace(/[^A-Za-z0-9_-]/g, '-')

/** Reads an app's labels; undefined: it is not to be balanced. */
export function balanced({ id, labels, checkPath, portNames }: App): Balanced | undefined {
  if (labels['lb.enable'] !== 'true') return undefined
  const problems: string[] = []
  const complain = (label: string, why: string): undefined => {
    problems.push(`${id}: its label ${label} ${why}`)
    return undefined
  }
  const pathOf = (label: string): string | undefined => {
    const value = labels[label]?.trim()
    if (value === undefined || value === '') return undefined
    return PATH.test(value) && value.length <= MOST ? value : complain(label, 'is not a path that HAProxy can be given')
  }
  const given = (labels['lb.host'] ?? '').toLowerCase().split(',')
  const hosts = [...new Set(given.map((host) => host.trim()).filter((host) => host !== ''))]
  const right = hosts.filter((host) => HOST.test(host))
  const fitting = right.filter((_, i) => right.slice(0, i + 1).join(',').length <= MOST)
  if (right.length < hosts.length) complain('lb.host', 'holds what is no host name')
  if (fitting.length < right.length) complain('lb.host', `is longer than ${MOST} characters`)
  const port = labels['lb.port'] ?? '0'
  const named = portNames.indexOf(port)
  const numbered = /^\d+$/.test(port) ? Number(port) : 0
  if (named < 0 && !/^\d+$/.test(port)) complain('lb.port', 'is no name of a port')
  return {
    name: serviceName(labels['lb.name'] || id).slice(0, MOST),
    portIndex: named < 0 ? numbered : named,
    hosts: fitting,
    path: pathOf('lb.path')?.replace(/\/+$/, '') || undefined,
    check: pathOf('lb.check') ?? (checkPath !== undefined && PATH.test(checkPath) && checkPath.length <= MOST ? checkPath : '/'),
    problems,
  }
}
