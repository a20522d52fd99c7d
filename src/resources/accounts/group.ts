import { defineByHand } from '../../model/define-resource.ts'
import type { Change } from '../../model/resource.ts'
import { join, sh } from '../../shell/script.ts'
import { ACCOUNT_NAME, getent } from './getent.ts'

/** A group, as a recipe writes it. */
export interface GroupInput {
  /** Default: any. */
  readonly gid?: number
  /** Made with a number below those of people. Default false. */
  readonly system?: boolean
  /** Users that belong to it; others may, too. */
  readonly members?: readonly string[]
  readonly ensure?: 'present' | 'absent'
}

/** The same, with defaults. */
export interface GroupProps extends GroupInput {
  readonly system: boolean
  readonly members: readonly string[]
  readonly ensure: 'present' | 'absent'
}

/** A group as it is. */
export interface GroupState {
  readonly gid: number
  readonly members: readonly string[]
}

/** A group of users. */
export const group = defineByHand<GroupInput, GroupProps, GroupState>(
  {
    name: 'group',
    observe: (items) => sh`
      ${getent(
        'group',
        items.map((i) => i.name),
      )}
      for name in ${items.map((i) => i.name)}; do
        line_of "$name" : "$found"
        if [ -z "$line" ]; then printf '%s\tabsent\n' "$name"; continue; fi
        members=\${line##*:} gid=\${line%:*}
        printf '%s\tgroup\t%s\t%s\n' "$name" "\${gid##*:}" "$members"
      done`,
    parse: (records) => {
      const [word, gid = '', members = ''] = records.at(-1) ?? []
      return word === 'absent' ? 'absent' : { gid: Number(gid), members: members.split(',').filter((m) => m !== '') }
    },
    diff: ({ ensure, gid, members }, is) => {
      if (ensure === 'absent') return is === 'absent' ? [] : [{ action: 'remove', text: `gid ${is.gid}` }]
      if (is === 'absent') return [{ action: 'create', text: [gid === undefined ? 'next free gid' : `gid ${gid}`, ...members].join(', ') }]
      const missing = members.filter((m) => !is.members.includes(m))
      const changes: Change[] = missing.length === 0 ? [] : [{ action: 'update', text: `members +${missing.join(' +')}` }]
      if (gid === undefined || gid === is.gid) return changes
      return {
        refusal: 'group-gid',
        reason: `its gid is ${is.gid}, ${gid} is wanted; files of the old number would belong to nobody.`,
        remedy: `Write gid: ${is.gid}, or change it by hand: groupmod -g, then chgrp what it owns.`,
        changes: [{ action: 'update', text: `gid ${is.gid} → ${gid}` }, ...changes],
      }
    },
    apply: ({ name, props: { ensure, gid, system, members } }) => {
      if (ensure === 'absent') return sh`if getent group ${name} >/dev/null; then groupdel ${name}; fi`
      const number = gid === undefined ? [] : ['-g', gid]
      return join([
        sh`
              if ! getent group ${name} >/dev/null; then groupadd ${[...number, ...(system ? ['-r'] : [])]} ${name}
              elif [ -n ${gid ?? ''} ]; then groupmod -g ${gid ?? ''} ${name}; fi`,
        ...members.map((member) => sh`gpasswd -a ${member} ${name} >/dev/null`),
      ])
    },
  },
  ({ gid, system = false, members = [], ensure = 'present' }, name) => {
    const say = (what: string): never => {
      throw new TypeError(`group ${JSON.stringify(name)}: ${what}`)
    }
    if (!ACCOUNT_NAME.test(name)) say('a name is of lower-case letters, digits, "_", "-" and "."')
    if (gid !== undefined && !(Number.isInteger(gid) && gid >= 0)) say('gid is not a number')
    for (const member of members) if (!ACCOUNT_NAME.test(member)) say(`member ${JSON.stringify(member)} is not the name of a user`)
    if (ensure === 'absent' && (gid !== undefined || system || members.length > 0)) say('a group that is absent has no properties')
    return { ...(gid === undefined ? {} : { gid }), system, members: [...new Set(members)], ensure }
  },
  { gid: true, system: true, members: true, ensure: true },
)
