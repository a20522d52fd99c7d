import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import { accessDifferences, type FullAccess, mode, owners } from '../kit/mode.ts'
import { madeIn, ownedBy } from '../kit/needs.ts'
import { absolutePath, dirName, hiddenPath } from '../kit/path.ts'
import { ensure } from '../kit/properties.ts'
import { leaving } from '../kit/put.ts'
import { cStrings, heldByOthers, parseStat, type Stat, statNames } from '../kit/stat.ts'

const properties = v.object({
  only: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[^/\0]+$/, 'the name of what may lie in it, without "/"'))),
      v.description(
        'The only names allowed in it: everything else is removed, except what the package manager leaves (`*.dpkg-*`).',
      ),
    ),
  ),
  ensure: ensure('`absent` removes it and everything in it.'),
  mode: v.optional(v.pipe(mode, v.description('Octal digits.')), '0755'),
  ...owners,
})

interface DirectoryProps extends FullAccess {
  readonly only?: readonly string[] | undefined
  readonly ensure: 'present' | 'absent'
}

interface DirectoryState {
  readonly stat: Stat
  readonly entries: readonly string[]
}

const mayLie = (name: string, only: readonly string[]): boolean => only.includes(name) || name.includes('.dpkg-')

const surplus = (only: readonly string[] | undefined, entries: readonly string[]): readonly string[] =>
  only === undefined ? [] : entries.filter((name) => !mayLie(name, only))

function observe(items: readonly Item<DirectoryProps>[]): Script {
  const listed = items.filter(({ props }) => props.only !== undefined).map(({ name }) => name)
  const list = sh`
    for name in ${listed}; do
      if [ ! -d "$name" ] || [ -L "$name" ]; then continue; fi
      entries=$(ls -A --quoting-style=c -- "$name")
      for entry in $entries; do printf '%s\tentry\t%s\n' "$name" "$entry"; done
    done`
  return join([
    sh`names=${items.map(({ name }) => name).join('\n')}`,
    sh`stat_names ${items.length}`,
    listed.length > 0 ? list : empty,
  ])
}

function parse(records: readonly Fields[]): DirectoryState | 'absent' {
  const stat = parseStat(records)
  return stat === 'absent'
    ? stat
    : { stat, entries: records.flatMap(([word, quoted = '']) => (word === 'entry' ? cStrings(quoted) : [])) }
}

function diff(wanted: DirectoryProps, is: DirectoryState | 'absent'): readonly Change[] | Refusal {
  if (is === 'absent')
    return wanted.ensure === 'absent'
      ? []
      : [{ action: 'create', text: `${wanted.owner}:${wanted.group} ${wanted.mode}` }]
  const held = heldByOthers(is.stat, 'directory', wanted.ensure)
  if (held !== undefined) return held
  if (wanted.ensure === 'absent')
    return [{ action: 'remove', text: is.stat.kind === 'directory' ? 'with all it holds' : is.stat.kind }]
  if (is.stat.kind !== 'directory') {
    return {
      refusal: 'not-a-directory',
      reason: `There is a ${is.stat.kind}${is.stat.target === undefined ? '' : ` to ${is.stat.target}`} where a directory is wanted.`,
      remedy: 'Move it away, or allow it to be replaced.',
      changes: [{ action: 'update', text: `replaces a ${is.stat.kind}` }],
    }
  }
  return [
    ...accessDifferences(wanted, is.stat),
    ...surplus(wanted.only, is.entries).map((name): Change => ({ action: 'remove', attribute: 'entry', from: name })),
  ]
}

function applyOne({ name, props: { ensure, only, owner, group, mode } }: Item<DirectoryProps>): Script {
  if (ensure === 'absent') return sh`rm -rf --one-file-system ${name}`
  // five digits: with four, chmod keeps a set-group-ID bit that the directory may have inherited from its parent
  const own = (path: string) => sh`chown ${`${owner}:${group}`} ${path}; chmod ${`0${mode}`} ${path}`
  const hidden = hiddenPath(name)
  const fresh = sh`
    mkdir -m 700 ${hidden}
    ${own(hidden)}
    rm -f ${name}
    mv -T ${hidden} ${name}`
  const make = sh`
    [ -d ${dirName(name)} ] || { echo ${`${name}: there is no directory ${dirName(name)} to make it in`} >&2; exit 1; }
    if [ ! -d ${name} ] || [ -L ${name} ]; then
    ${leaving(hidden, fresh)}
    else ${own(name)}
    fi`
  if (only === undefined) return make
  return sh`
    ${make}
    ( cd ${name}
    for entry in * .[!.]* ..?*; do
      case $entry in *.dpkg-*) continue ;; esac
      for wanted in ${only}; do [ "$entry" != "$wanted" ] || continue 2; done
      rm -rf --one-file-system -- "$entry"
    done )`
}

/** Directories that nobody removes on purpose. */
const isPrecious = (path: string): boolean => /^\/([^/]*|(usr|var|boot)\/[^/]*)$/.test(path)

/** A directory: `directory('/etc/app', { mode: '0750', group: 'app' })`. Its parent is a separate resource. */
export const directory = defineResource({
  name: 'directory',
  aside: true,
  properties,
  normalise(given, path, wrong): DirectoryProps {
    absolutePath('directory', path)
    if (given.ensure === 'absent' && isPrecious(path)) wrong('is not removed: it is part of the system')
    return given
  },
  observe,
  parse,
  diff,
  apply: applyOne,
  places(path, { ensure, only }) {
    if (ensure === 'absent') return [{ path, as: 'nothing' }]
    return [{ path, as: 'directory', ...(only === undefined ? {} : { admits: (name) => mayLie(name, only) }) }]
  },
  needs: (path, { ensure, owner, group }) => (ensure === 'absent' ? [] : [...madeIn(path), ...ownedBy(owner, group)]),
  probeFunctions: [statNames],
})
