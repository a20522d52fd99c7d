import { aptRepository, command, type Host, pkg, type Resource, sh } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

/** Which package, and how what is in it is called. */
export interface Release {
  readonly name: string
  readonly version?: string
  readonly flavour: 'clusterd' | 'mesosphere'
  /** Where its daemons lie. */
  readonly bin: string
  /** The agent's unit, without its ending. */
  readonly agentUnit: string
}

/** `aventer-mesos_1.11.0-0.9.0.debian12_amd64.deb`: name and version (`%3a` stands for a colon). */
function nameOf(deb: string): { readonly name?: string; readonly version?: string } {
  const [, name, version] = /(?:^|\/)([a-z0-9][a-z0-9+.-]+)_([^_/]+)_[a-z0-9]+\.deb$/.exec(deb) ?? []
  return name === undefined || version === undefined ? {} : { name, version: decodeURIComponent(version) }
}

/** What the variables say of the package. Pure. */
export function releaseOf({ source, package: given, version: wanted, flavour: said }: Attributes): Release {
  const deb = 'deb' in source ? nameOf(source.deb) : {}
  const name = given ?? deb.name ?? 'aventer-mesos'
  const version = wanted ?? deb.version
  const flavour = said ?? (name === 'mesos' ? 'mesosphere' : 'clusterd')
  return {
    name,
    ...(version === undefined ? {} : { version }),
    flavour,
    bin: flavour === 'clusterd' ? '/usr/bin' : '/usr/sbin',
    agentUnit: flavour === 'clusterd' ? 'mesos-agent' : 'mesos-slave',
  }
}

/** A URL is fetched by the host, a file is sent from this machine. */
export const place = (from: string): string | { readonly file: string } =>
  /^https?:/.test(from) ? from : { file: from }

/** ClusterD's own repository for a release. */
const repositoryOf = ({ facts: { os, codename } }: Host): string =>
  os === 'ubuntu' ? `http://rpm.aventer.biz/Ubuntu/${codename}` : 'http://rpm.aventer.biz/Debian/'

/** The repository, where the package comes from one. */
export function repository(host: Host, { source }: Attributes): readonly Resource[] {
  if ('deb' in source) return []
  const { key, uri = repositoryOf(host), suite = host.facts.codename, component } = source.apt
  return [aptRepository('mesos', { uris: uri, suites: suite, components: component, key })]
}

/** The package. Made in one way by every recipe whose daemon restarts with it. */
export function mesosPackage(attrs: Attributes): Resource {
  const { name, version } = releaseOf(attrs)
  const { source } = attrs
  return pkg(name, {
    held: true,
    ...(version === undefined ? {} : { version }),
    ...('deb' in source ? { deb: { source: place(source.deb), sha256: source.sha256 } } : {}),
  })
}

/**
 * Looks whether a daemon finds its libraries: a package may not ask for all that it needs. The question is asked again
 * when all packages are there, so that the run which brings the program, and the one that brings what it lacked, tell
 * how it is then.
 */
export const libraries = (program: string): Resource =>
  command(`${program} finds its libraries`, {
    unless: sh`[ -x ${program} ] && ! ldd ${program} | grep -q 'not found'`,
    run: sh`
      names=$(ldd ${program} | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | paste -sd ' ')
      [ -z "$names" ] || { echo ${program}" does not find: $names; name the packages that hold them in vars.mesos.packages" >&2; exit 1; }`,
  })
