import * as v from 'valibot'
import { mustBe } from '../../lib/check/kinds.ts'
import { defineResource } from '../../model/define-resource.ts'
import { join, sh } from '../../shell/script.ts'
import { type FileState, normaliseFile } from '../files/file.ts'
import { fileOf, type OwnFile, ownFileType } from '../files/own-file.ts'
import { overruledFunctions } from '../kit/fragments/overruled.ts'
import { ensure } from '../kit/properties.ts'
import { othersOf } from '../kit/readers.ts'

/** What pam_limits can set, and the least that still lets somebody log in. */
const LEAST = {
  as: 1,
  core: 0,
  cpu: 1,
  data: 1,
  fsize: 1,
  maxlogins: 1,
  maxsyslogins: 1,
  memlock: 0,
  msgqueue: 0,
  nice: -20,
  nofile: 32,
  nproc: 1,
  rtprio: 0,
  sigpending: 0,
  stack: 1,
} as const
const MOST: Readonly<Record<string, number>> = { nice: 19, rtprio: 99 }
const ITEMS = Object.keys(LEAST) as (keyof typeof LEAST)[]

const amount = v.union([v.pipe(v.number(), v.integer()), v.literal('unlimited')])

const properties = v.object({
  for: v.optional(
    v.pipe(
      v.array(
        v.pipe(v.string(), v.regex(/^(\*|@?[a-z_][a-z0-9_.-]*\$?)$/i, 'a user, a group like "@builders", or "*"')),
      ),
      v.nonEmpty(),
      v.description('Whose sessions: users, groups (`@builders`), or `*`, everybody but root.'),
    ),
  ),
  set: v.optional(
    v.pipe(
      v.record(
        v.picklist(ITEMS),
        v.union(
          [amount, v.object({ soft: amount, hard: amount })],
          mustBe('a whole number, "unlimited" or { soft, hard }'),
        ),
      ),
      v.check((limits) => Object.keys(limits).length > 0, 'must name a limit, like { nofile: 65536 }'),
      v.title('{ [limit]: number | "unlimited" | { soft, hard } }'),
      v.description(
        `The limits, in the units of \`limits.conf(5)\` (sizes in KB, \`cpu\` in minutes): ${ITEMS.map((item) => `\`${item}\``).join(', ')}. A single value is both the soft and the hard limit.`,
      ),
    ),
  ),
  ensure: ensure('`absent` removes the file.'),
})

interface LimitsProps extends OwnFile {
  readonly whose: readonly string[]
}

type Amount = v.InferOutput<typeof amount>

const value = (limit: Amount): number => (limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit)

/** Why nobody could work, or log in, with this limit. */
function fault(item: keyof typeof LEAST, soft: Amount, hard: Amount): string | undefined {
  for (const each of [soft, hard]) {
    const most = MOST[item]
    if (value(each) < LEAST[item]) return `set.${item} must be at least ${LEAST[item]}, not ${each}`
    if (most !== undefined && value(each) > most) return `set.${item} must be at most ${most}, not ${each}`
  }
  return value(soft) > value(hard) ? `set.${item}: the soft limit ${soft} is above the hard one, ${hard}` : undefined
}

/** The file's state, and the limits that later files set to something else. */
interface LimitsState {
  readonly file: FileState | 'absent'
  readonly others: readonly { readonly path: string; readonly value: string; readonly limit: string }[]
}

const type = ownFileType<LimitsProps>('limits')

/**
 * Limits of login sessions: `limits('build', { for: ['ci', '@builders'], set: { nofile: 65536 } })`. They are written
 * to /etc/security/limits.d and apply from the next login. Services have limits of their own: `LimitNOFILE=` in the
 * unit.
 */
export const limits = defineResource({
  ...type,
  properties,
  observe: (items) =>
    join([
      type.observe(items),
      overruledFunctions(),
      ...items.flatMap(({ name, props: { file } }) =>
        file.props.ensure === 'absent'
          ? []
          : [
              sh`[ ! -f ${file.name} ] || overruled ${othersOf(file.name)} <${file.name} | sed ${`s/^/${name}\tothers\t/`}`,
            ],
      ),
    ]),
  parse: (records): LimitsState => ({
    file: fileOf(records),
    others: records.flatMap(([word, path = '', value = '', limit = '']) =>
      word === 'others' ? [{ path, value, limit }] : [],
    ),
  }),
  diff: (props, is) => type.diff(props, is === 'absent' ? is : is.file, []),
  warn(_props, is) {
    const says = (is === 'absent' ? [] : is.others).map(
      ({ path, value, limit }) => `${path} is read later and wins: it sets ${limit} to ${value}`,
    )
    return says.length === 0 ? undefined : says.join('; ')
  },
  normalise({ for: whose, set, ensure }, name, wrong): LimitsProps {
    if (!/^[a-z0-9][\w-]*$/i.test(name)) wrong('a name consists of letters, digits, "_" and "-"')
    const what = `limits ${JSON.stringify(name)}`
    const path = `/etc/security/limits.d/${name}.conf`
    if (ensure === 'absent') return { file: { name: path, props: normaliseFile({ ensure }, what) }, whose: [] }
    if (whose === undefined || set === undefined) return wrong("give for and set, or ensure: 'absent'")
    const lines = ITEMS.flatMap((item) => {
      const limit = set[item]
      if (limit === undefined) return []
      const { soft, hard } = typeof limit === 'object' ? limit : { soft: limit, hard: limit }
      const bad = fault(item, soft, hard)
      if (bad !== undefined) wrong(bad)
      return soft === hard ? [`- ${item} ${soft}`] : [`soft ${item} ${soft}`, `hard ${item} ${hard}`]
    })
    const content = whose.flatMap((each) => lines.map((line) => `${each} ${line}\n`)).join('')
    return { file: { name: path, props: normaliseFile({ content }, what) }, whose }
  },
  needs: (_name, { whose }) =>
    whose.flatMap((each) => {
      if (each === '*' || each === 'root') return []
      const group = each.startsWith('@')
      return [{ kind: group ? 'group' : 'user', name: group ? each.slice(1) : each, of: 'for' } as const]
    }),
})
