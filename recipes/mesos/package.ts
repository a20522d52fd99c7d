import { aptRepository, command, type Host, pkg, type Resource, sh } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

/** A package, and the names of its contents. */
export interface Release {
  readonly name: string
  readonly version?: string
  readonly flavour: 'clusterd' | 'mesosphere'
  /** The folder of its daemons. */
  readonly bin: string
  /** The agent's unit, without its ending. */
  readonly agentUnit: string
}

/** Parses `aventer-mesos_1.11.0-0.9.0.debian12_amd64.deb`: name and version (`%3a` is an escaped colon). */
function nameOf(deb: string): { readonly name?: string; readonly version?: string } {
  const [, name, version] = /(?:^|\/)([a-z0-9][a-z0-9+.-]+)_([^_/]+)_[a-z0-9]+\.deb$/.exec(deb) ?? []
  return name === undefined || version === undefined ? {} : { name, version: decodeURIComponent(version) }
}

/** The package that the variables select. Pure. */
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

/** The host fetches a URL; this machine sends a file. */
export const place = (from: string): string | { readonly file: string } =>
  /^https?:/.test(from) ? from : { file: from }

/** ClusterD's own repository for a host's release. */
const repositoryOf = ({ facts: { os, codename } }: Host): string =>
  os === 'ubuntu' ? `http://rpm.aventer.biz/Ubuntu/${codename}` : 'http://rpm.aventer.biz/Debian/'

/** The repository, if the package comes from one. */
export function repository(host: Host, { source }: Attributes): readonly Resource[] {
  if ('deb' in source) return []
  const { key, uri = repositoryOf(host), suite = host.facts.codename, component } = source.apt
  return [aptRepository('mesos', { uris: uri, suites: suite, components: component, key })]
}

/** The package. All recipes whose daemons restart with it create it in the same way. */
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
 * Checks that a daemon finds its libraries, because a package may not declare all its dependencies. The check runs
 * again after all packages are installed, so that a run that adds the program or a missing library reports the final
 * state.
 */
export const libraries = (program: string): Resource =>
  command(`${program} finds its libraries`, {
    unless: sh`[ -x ${program} ] && ! ldd ${program} | grep -q 'not found'`,
    run: sh`
      names=$(ldd ${program} | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | paste -sd ' ')
      [ -z "$names" ] || { echo ${program}" does not find: $names; name the packages that hold them in vars.mesos.packages" >&2; exit 1; }`,
  })
