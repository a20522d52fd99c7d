import * as v from 'valibot'
import { defineResource, type Wrong } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal, Resource } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { fetched, fileName, source, sums } from '../kit/fetch.ts'
import { ensure } from '../kit/properties.ts'
import { debMark, dpkgList, LISTS_STAMP, PACKAGE_NAME } from './apt.ts'
import { aptChoice } from './apt-choice.ts'
import { type PackageProps, transaction } from './pkg-transaction.ts'

const properties = v.object({
  version: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9][\w.+:~-]*\*?$/, 'a Debian version, like "1.2.3-4" or "1.2*"'),
      v.description(
        'An exact version (`3.8.0-11`), or a prefix (`3.8*`: the newest match, unless a match is already installed). Default: any.',
      ),
    ),
  ),
  held: v.optional(
    v.pipe(v.boolean(), v.description('Hold the package, so that upgrades skip it. Default: leave it as it is.')),
  ),
  deb: v.optional(
    v.pipe(
      v.object({ source, ...sums }),
      v.description(
        'Install this file, fetched by the host or sent from this machine; dependencies come from the repositories. `version` is then required. Another file of the same version replaces it; a package that provision did not install is identified by its version alone.',
      ),
    ),
  ),
  recommends: v.optional(v.pipe(v.boolean(), v.description('Also install recommended packages.')), false),
  ensure: ensure('`absent` removes it.'),
  purge: v.optional(
    v.pipe(v.boolean(), v.description("With `ensure: 'absent'`: also remove the configuration files.")),
    false,
  ),
})

/** What dpkg knows of a package. */
export interface PackageState {
  /** Wanted and actual state as dpkg's two letters: `ii`, `hi`, `rc`, `iU`… */
  readonly status: string
  readonly version: string
  /** dpkg was killed, or is running: its database may be outdated. */
  readonly interrupted: boolean
  /** The digest of the file that this version came from, if a run has recorded it. */
  readonly deb?: string
}

const matches = (wanted: string | undefined, is: string): boolean =>
  wanted === undefined || (wanted.endsWith('*') ? is.startsWith(wanted.slice(0, -1)) : is === wanted)

const brokenStates: Readonly<Record<string, string>> = {
  H: 'half-installed',
  U: 'unpacked, not configured',
  F: 'half-configured',
  W: 'waits for triggers',
  t: 'has pending triggers',
}

function observe(items: readonly Item<PackageProps>[]): Script {
  const names = items.map(({ name }) => name)
  const debs = items.filter(({ props }) => props.deb !== undefined).map(({ name }) => name)
  const base = (name: string): string => name.replace(/:.*/, '')
  const lines = names
    .flatMap((name) => [name, ...(name.includes(':') ? [base(name)] : [])])
    .map((name) => `^${name.replaceAll('.', '[.]')}\t`)
  return join([
    dpkgList,
    sh`names=${` ${names.join(' ')} `}`,
    names.some((name) => name.includes(':')) ? sh`native=$(dpkg --print-architecture)` : sh`native=`,
    sh`set -- ${lines.flatMap((line) => ['-e', line])}`,
    shFile(import.meta.url, './pkg-look.sh'),
    debs.length === 0
      ? empty
      : sh`
        for name in ${debs}; do
          [ ! -s ${debMark}"$name" ] || printf '%s\tdeb\t%s\n' "$name" "$(cat ${debMark}"$name")"
        done`,
  ])
}

/** The first line says "none"; later lines override it. The recorded file counts only for the installed version. */
function parse(records: readonly Fields[]): PackageState | 'absent' {
  const [interrupted, status = '', version = ''] = records.findLast(([word]) => word !== 'deb') ?? []
  if (status === 'none') return interrupted === 'yes' ? { ...NOTHING, interrupted: true } : 'absent'
  const [of, deb] = records.find(([word]) => word === 'deb')?.[1]?.split(' ') ?? []
  return {
    status: status.trim(),
    version,
    interrupted: interrupted === 'yes',
    ...(deb === undefined || of !== version ? {} : { deb }),
  }
}

/** dpkg's status of an unknown package. */
const NOTHING: PackageState = { status: 'un', version: '', interrupted: false }

function diff(props: PackageProps, state: PackageState | 'absent'): readonly Change[] | Refusal {
  const is = state === 'absent' ? NOTHING : state
  const mend: readonly Change[] = is.interrupted ? [{ action: 'update', text: 'dpkg was interrupted' }] : []
  const isThere = !['n', 'c'].includes(is.status.charAt(1))
  if (props.ensure === 'absent') return [...mend, ...removal(props, is)]
  if (!isThere) return [creation(props)]
  const held = is.status.startsWith('h')
  const other = !matches(props.version, is.version)
  const changes = [...mend, ...differences(props, is)]
  if (!other || !held || props.held !== undefined) return changes
  return {
    refusal: 'package-held',
    reason: `version ${is.version} is held on the host, not by provision, and ${props.version} is wanted.`,
    remedy: 'Set "held" in the recipe, or run apt-mark unhold on the host.',
    changes,
  }
}

function removal({ purge }: PackageProps, { status, version }: PackageState): readonly Change[] {
  const actual = status.charAt(1)
  if (actual === 'n' || (actual === 'c' && !purge)) return []
  if (actual === 'c') return [{ action: 'remove', text: 'purge its configuration files' }]
  return [
    {
      action: 'remove',
      attribute: 'version',
      from: version,
      ...(purge ? { text: 'with its configuration files' } : {}),
    },
  ]
}

function creation({ version, deb, held }: PackageProps): Change {
  const text = [
    version === undefined ? 'any version' : '',
    deb ? `from ${fileName(deb.source)}` : '',
    held === true ? 'held' : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
  return {
    action: 'create',
    ...(version === undefined ? {} : { attribute: 'version', to: version }),
    ...(text === '' ? {} : { text }),
  }
}

/** The first digits of a digest. */
const short = (sum: string): string => sum.slice(0, 12)

function differences(props: PackageProps, is: PackageState): readonly Change[] {
  const broken = brokenStates[is.status.charAt(1)] ?? (is.status.length > 2 ? 'needs to be reinstalled' : undefined)
  const held = is.status.startsWith('h')
  const word = (is: boolean): string => (is ? 'yes' : 'no')
  return [
    ...(broken === undefined ? [] : [{ action: 'update' as const, attribute: 'state', from: broken }]),
    ...(matches(props.version, is.version)
      ? []
      : [{ action: 'update' as const, attribute: 'version', from: is.version, to: props.version ?? '' }]),
    ...(props.deb === undefined || is.deb === undefined || is.deb === props.deb.sum.hex
      ? []
      : [{ action: 'update' as const, attribute: 'deb', from: short(is.deb), to: short(props.deb.sum.hex) }]),
    ...(props.held === undefined || props.held === held
      ? []
      : [{ action: 'update' as const, attribute: 'held', from: word(held), to: word(props.held) }]),
  ]
}

/** Does this resource change which repositories apt knows? */
const isOfApt = ({ type, name }: Resource): boolean => type.name === 'aptRepository' || name.startsWith('/etc/apt/')

/** How apt's lines about a package begin, which leave out the host's own architecture. */
function saidOf(name: string): readonly string[] {
  const [base = '', arch] = name.replaceAll('.', '[.]').split(':')
  if (arch === undefined) return [`^${base} `]
  return [`^${base}:${arch} `, ...[arch, 'all'].map((is) => `^${base} [^ ]* ${is}$`)]
}

/**
 * Asks what apt would install in addition, and which packages it could not install. An unknown package is a warning
 * only if apt's lists are current and this run adds no repository.
 */
function foresee(items: readonly Item<PackageProps>[], steps: readonly Resource[]): Script {
  // skips files that do not exist yet
  const wanted = items.filter(({ props }) => props.ensure === 'present' && props.deb === undefined)
  const recommends = wanted.some(({ props }) => props.recommends) ? [] : ['--no-install-recommends']
  if (wanted.length === 0) return empty
  const asked = wanted.map(({ name, props: { version = '*' } }) => sh`consider ${name} ${version}`)
  const beside = wanted.flatMap(({ name }) => saidOf(name)).flatMap((line) => ['-e', line])
  return join([
    aptChoice,
    sh`stamp=${LISTS_STAMP} repositories=${steps.some(isOfApt) ? 'new' : 'same'}`,
    shFile(import.meta.url, './foresee.sh'),
    sh`ask_of ${wanted.map(({ name }) => name)}`,
    ...asked,
    sh`[ -z "$words" ] || would_install ${recommends} | { grep -v ${beside} || :; } | cut -d ' ' -f 1,2`,
  ])
}

function normalise(given: v.InferOutput<typeof properties>, name: string, wrong: Wrong): PackageProps {
  const { version, held, deb, recommends, ensure, purge } = given
  if (!PACKAGE_NAME.test(name)) wrong('this is not the name of a Debian package')
  if (ensure === 'absent' && (version !== undefined || held !== undefined || recommends || deb !== undefined))
    wrong('a package that is absent has no version, hold or recommendations')
  if (ensure === 'present' && purge) wrong('only a package that is absent can be purged')
  if (deb === undefined) return { version, held, recommends, ensure, purge }
  if (version === undefined || version.endsWith('*')) wrong('give the full version of the deb')
  return {
    version,
    held,
    deb: fetched(`package ${JSON.stringify(name)}: its deb`, deb.source, deb),
    recommends,
    ensure,
    purge,
  }
}

/**
 * A Debian package. Adjacent packages are installed and removed in one transaction, which removes no other package.
 */
export const pkg = defineResource({
  name: 'package',
  properties,
  normalise,
  observe,
  parse,
  diff,
  applyTogether: (items) => transaction(items),
  foresee,
})
