import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields, Item } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { editFile, editFunctions } from '../edits/edit.ts'
import { editedLine, lineFunctions } from '../edits/line.ts'
import { ensure } from '../kit/properties.ts'

const properties = v.object({
  default: v.optional(
    v.pipe(v.boolean(), v.description('Also make it the default for logins and services (`LANG`).')),
    false,
  ),
  ensure: ensure('`absent` removes it, and the defaults that name it (`LANG`, `LC_TIME`…).'),
})

interface LocaleProps {
  readonly name: string
  readonly default: boolean
  readonly ensure: 'present' | 'absent'
}

interface LocaleState {
  /** Programs can use it now. */
  readonly made: boolean
  /** An upgrade of the C library generates it again. */
  readonly listed: boolean
  readonly lang: string
  /** A line of the defaults names it: LANG, or one for a category, like LC_TIME. */
  readonly named: boolean
  readonly lcAll: string
}

const LIST = '/etc/locale.gen'
const DEFAULT = '/etc/default/locale'

/** The C library's spelling of the name: `de_DE.utf8`. */
const archived = (name: string): string =>
  name.replace(/\.([^.]*)$/, (_, charset: string) => `.${charset.replaceAll('-', '').toLowerCase()}`)
/** Part of the C library itself, so neither listed nor generated. */
const isBuiltIn = (name: string): boolean => name.startsWith('C.')
const charsetOf = (name: string): string => name.slice(name.indexOf('.') + 1)
const listLine = (name: string): string => `${name} ${charsetOf(name)}`

const SUPPORTED = '/usr/share/i18n/SUPPORTED'
const localeFunctions = join([sh`supported=${SUPPORTED}`, shFile(import.meta.url, './locale.sh')])
/** The arguments of sh functions that ask whether a locale can be made. */
const known = (name: string): readonly string[] => [name, archived(name), isBuiltIn(name) ? '' : charsetOf(name)]

const observe = (items: readonly Item<LocaleProps>[]): Script =>
  sh`look_at_locales ${items.flatMap(({ name }) => [name, archived(name), listLine(name)])}`

function parse(records: readonly Fields[]): LocaleState {
  const [, made = '', listed = '', lang = '', named = '', lcAll = ''] = records.find(([word]) => word === 'is') ?? []
  return { made: made !== '', listed: listed !== '', lang, named: named !== '', lcAll }
}

function diff({ name, ...wanted }: LocaleProps, is: LocaleState | 'absent'): readonly Change[] {
  if (is === 'absent') return []
  const listed = is.listed || isBuiltIn(name)
  const changes: Change[] = []
  if (wanted.ensure === 'absent') {
    if (is.made && !isBuiltIn(name)) changes.push({ action: 'remove', attribute: 'locale' })
    if (is.listed) changes.push({ action: 'remove', attribute: 'in', from: LIST })
    if (is.named) changes.push({ action: 'remove', attribute: 'in', from: DEFAULT })
    return changes
  }
  if (!is.made) changes.push({ action: 'create', attribute: 'locale' })
  if (!listed) changes.push({ action: 'update', attribute: 'in', to: LIST })
  if (wanted.default && is.lang !== name)
    changes.push({ action: 'update', attribute: 'LANG', ...(is.lang === '' ? {} : { from: is.lang }), to: name })
  return changes
}

function apply({ name, props }: Item<LocaleProps>): Script {
  const line = (path: string, text: string, match: string, ensure: 'present' | 'absent') =>
    editFile({ path, mode: '0644', call: editedLine(text, match, '', ensure) })
  const listed = (ensure: 'present' | 'absent') =>
    line(LIST, listLine(name), `^#?[[:space:]]*${listLine(name).replaceAll('.', '[.]')}[[:space:]]*$`, ensure)
  if (props.ensure === 'absent')
    return join([
      isBuiltIn(name)
        ? empty
        : sh`! locale -a | grep -qxF ${archived(name)} || localedef --delete-from-archive ${archived(name)}`,
      sh`[ ! -e ${LIST} ] ||`,
      listed('absent'),
      sh`[ ! -e ${DEFAULT} ] ||`,
      line(
        DEFAULT,
        `LANG=${name}`,
        `^(LANG|LC_[A-Z]+)=["']?${name.replaceAll('.', '[.]')}["']?[[:space:]]*$`,
        'absent',
      ),
    ])
  return join([
    sh`make_locale ${known(name)}`,
    isBuiltIn(name) ? empty : listed('present'),
    props.default ? line(DEFAULT, `LANG=${name}`, '^LANG=', 'present') : empty,
  ])
}

/**
 * A locale for programs to use: `locale('de_DE.UTF-8', { default: true })`. It needs the package `locales`.
 */
export const locale = defineResource({
  name: 'locale',
  properties,
  normalise(given, name, wrong): LocaleProps {
    // the C library takes utf8, too; the host's list of locales does not
    const otherwise = /^utf-?8$/i.test(charsetOf(name)) && charsetOf(name) !== 'UTF-8'
    if (otherwise || !/^([a-z]{2,3}_[A-Z]{2}|C)\.[A-Za-z0-9-]+$/.test(name)) wrong('write it like "de_DE.UTF-8"')
    if (given.default && given.ensure === 'absent') wrong('a locale that is absent cannot be the default')
    return { ...given, name }
  },
  observe,
  parse,
  diff,
  warn: ({ default: isDefault, name }, is) =>
    isDefault && is !== 'absent' && is.lcAll !== '' && is.lcAll !== name
      ? `${DEFAULT} also sets LC_ALL=${is.lcAll}, which overrules LANG`
      : undefined,
  apply,
  functions: join([editFunctions, lineFunctions, localeFunctions]),
  probeFunctions: [shFile(import.meta.url, './locale.sh')],
  foresee: (items) =>
    join([
      localeFunctions,
      ...items.flatMap(({ name, props: { ensure } }) =>
        ensure === 'absent' ? [] : [sh`foresee_locale ${known(name)}`],
      ),
    ]),
  needs: (name, { ensure }) =>
    ensure === 'absent' || isBuiltIn(name)
      ? []
      : [{ kind: 'path', name: SUPPORTED, from: 'package locales', planned: true }],
  lines: (name, { ensure, default: isDefault }) => [
    {
      path: LIST,
      keeps: () => (ensure === 'absent' || isBuiltIn(name) ? [] : [listLine(name)]),
      drops: (line) => ensure === 'absent' && line.trim() === listLine(name),
    },
    {
      path: DEFAULT,
      keeps: () => [],
      drops: (line) => isDefault && /^LANG=/.test(line) && line.slice(5).replaceAll('"', '').trim() !== name,
    },
  ],
  places: (_name, props) => (props.default ? [{ path: `${DEFAULT} LANG`, as: 'file' }] : []),
})
