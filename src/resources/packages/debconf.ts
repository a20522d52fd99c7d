import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields, Item } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import { ensure } from '../kit/properties.ts'
import { PACKAGE_NAME } from './apt.ts'

const TYPES = ['string', 'boolean', 'select', 'multiselect', 'note', 'text', 'password'] as const

const properties = v.object({
  package: v.pipe(v.string(), v.regex(PACKAGE_NAME, 'the name of a package'), v.description('The package that asks.')),
  type: v.optional(
    v.pipe(v.picklist(TYPES), v.description('The kind of question, as `debconf-get-selections` shows it.')),
    'string',
  ),
  value: v.optional(
    v.pipe(
      v.union([v.string(), v.boolean(), v.number(), v.instance(Secret)]),
      v.description(
        'The answer; for a multiselect, the chosen values, separated by `, `. It may have several lines; only packages that ask for escaped answers (`CAPB escape`) get more than the first.',
      ),
    ),
  ),
  ensure: ensure('`absent` forgets the answer.'),
})

/** debconf keeps a line break as these two characters, and cannot keep the two themselves. */
const BREAK = '\\n'

interface DebconfProps {
  readonly package: string
  readonly type: string
  /** As debconf keeps it: on one line. */
  readonly value: string | Secret
  readonly ensure: 'present' | 'absent'
}

interface DebconfState {
  readonly value: string
  /** Does it count as answered? If not, the package asks. */
  readonly seen: boolean
}

const observe = (items: readonly Item<DebconfProps>[]): Script =>
  join([
    sh`
      answers=$(debconf_answers ${items.map(({ name }) => name)})
      for name in ${items.map(({ name }) => name)}; do printf '%s\tlooked\n' "$name"; done
      printf '%s\n' "$answers"`,
  ])

function parse(records: readonly Fields[]): DebconfState | 'absent' {
  const found = records.find(([word]) => word === 'is')
  if (found === undefined) return 'absent'
  return { value: found[1] ?? '', seen: (found[2] ?? '').split(/[, ]+/).includes('seen') }
}

function diff({ value, ensure }: DebconfProps, is: DebconfState | 'absent'): readonly Change[] {
  const secret = value instanceof Secret
  const wanted = secret ? reveal(value) : value
  const shown = (text: string) => (secret ? {} : { to: text })
  if (ensure === 'absent') return is === 'absent' ? [] : [{ action: 'remove', attribute: 'answer' }]
  const fingerprint = wanted
  const text = secret ? { text: 'secret' } : {}
  if (is === 'absent') return [{ action: 'create', attribute: 'answer', ...shown(wanted), ...text, fingerprint }]
  if (is.value !== wanted)
    return [
      {
        action: 'update',
        attribute: 'answer',
        ...(secret ? {} : { from: is.value }),
        ...shown(wanted),
        ...text,
        fingerprint,
      },
    ]
  return is.seen ? [] : [{ action: 'update', attribute: 'answer', text: 'counts as not given yet' }]
}

function apply({ name, props: { package: owner, type, value, ensure } }: Item<DebconfProps>): Script {
  if (ensure === 'absent') return sh`printf 'UNREGISTER %s\n' ${name} | debconf-communicate ${owner} >/dev/null`
  return sh`
    printf '%s %s %s %s\n' ${[owner, name, type, value]} | debconf-set-selections`
}

/**
 * The answer to a question that a package asks when it is installed: `debconf('postfix/main_mailer_type', { package:
 * 'postfix', type: 'select', value: 'Internet Site' })`. List it before the package: an installed package
 * does not ask again.
 */
export const debconf = defineResource({
  name: 'debconf',
  properties,
  normalise({ package: owner, type, value, ensure }, name, wrong): DebconfProps {
    if (!/^[\w.+-]+(\/[\w.+-]+)+$/.test(name)) wrong('write the question like "postfix/main_mailer_type"')
    if (ensure === 'present' && value === undefined) wrong("give its value, or ensure: 'absent'")
    const text = value instanceof Secret ? reveal(value) : String(value ?? '')
    if (/[\r\t\0]/.test(text)) wrong('value must not contain tabs or carriage returns')
    if (text.includes(BREAK)) wrong(`value contains ${BREAK}, which debconf reads as a line break: write a real one`)
    if (type === 'boolean' && ensure === 'present' && !/^(true|false)$/.test(text)) wrong('value must be true or false')
    const kept = text.replaceAll('\n', BREAK)
    return { package: owner, type, value: value instanceof Secret ? new Secret(kept) : kept, ensure }
  },
  observe,
  parse,
  diff,
  apply,
  brings: () => false,
  probeFunctions: [shFile(import.meta.url, './debconf.sh')],
})
