import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { ensure } from '../kit/properties.ts'
import { foreseeTaken } from './account-ids.ts'
import { ACCOUNT_FILES, accountName, accountNumber, nameFault } from './account-name.ts'
import { accountTool } from './account-tool.ts'
import { getent } from './getent.ts'

const properties = v.object({
  gid: v.optional(
    v.pipe(
      accountNumber(),
      v.description(
        'The numeric id; no two may state the same. Default: the next one that is free and that no other resource of the host states.',
      ),
    ),
  ),
  system: v.optional(v.pipe(v.boolean(), v.description('Use an id from the system range.')), false),
  members: v.optional(
    v.pipe(v.array(accountName('user')), v.description('Users that must be members. Others are kept.')),
    [],
  ),
  ensure: ensure(),
})

type GroupProps = v.InferOutput<typeof properties>

/** A group's observed state. */
interface GroupState {
  readonly gid: number
  readonly members: readonly string[]
}

function observe(items: readonly Item<GroupProps>[]): Script {
  const names = items.map(({ name }) => name)
  return sh`
    ${getent('group', names)}
    for name in ${names}; do
      line_of "$name" : "$found"
      if [ -z "$line" ]; then printf '%s\tabsent\n' "$name"; continue; fi
      members=\${line##*:} gid=\${line%:*}
      printf '%s\tgroup\t%s\t%s\n' "$name" "\${gid##*:}" "$members"
    done`
}

function parse(records: readonly Fields[]): GroupState | 'absent' {
  const [word, gid = '', members = ''] = records.at(-1) ?? []
  return word === 'absent' ? 'absent' : { gid: Number(gid), members: members.split(',').filter((m) => m !== '') }
}

function diff({ ensure, gid, members }: GroupProps, is: GroupState | 'absent'): readonly Change[] | Refusal {
  if (ensure === 'absent') return is === 'absent' ? [] : [{ action: 'remove', attribute: 'gid', from: String(is.gid) }]
  if (is === 'absent') {
    const made: Change = { action: 'create', attribute: 'gid', to: gid === undefined ? 'next free' : String(gid) }
    return members.length === 0 ? [made] : [made, { action: 'create', attribute: 'members', to: members.join(' ') }]
  }
  const missing = members.filter((m) => !is.members.includes(m))
  const changes: Change[] =
    missing.length === 0 ? [] : [{ action: 'update', attribute: 'members', to: `+${missing.join(' +')}` }]
  if (gid === undefined || gid === is.gid) return changes
  return {
    refusal: 'group-gid',
    reason: `its gid is ${is.gid}, ${gid} is wanted; files with the old number would belong to nobody.`,
    remedy: `Write gid: ${is.gid}, or change it yourself: groupmod -g, then chgrp what it owns.`,
    changes: [{ action: 'update', attribute: 'gid', from: String(is.gid), to: String(gid) }, ...changes],
  }
}

function apply({ name, props: { ensure, gid, system, members } }: Item<GroupProps>): Script {
  if (ensure === 'absent') return sh`if getent group ${name} >/dev/null; then account groupdel ${name}; fi`
  const flags = system ? ['-r'] : []
  const make =
    gid === undefined
      ? sh`gid=$(unstated_id ${system ? 'SYS_GID' : 'GID'} '' group); account groupadd \${gid:+-g "$gid"} ${flags} ${name}`
      : sh`account groupadd -g ${gid} ${flags} ${name}`
  return join([
    sh`
      if ! getent group ${name} >/dev/null; then ${make}
      elif [ -n ${gid ?? ''} ]; then account groupmod -g ${gid ?? ''} ${name}; fi`,
    ...members.map((member) => sh`account gpasswd -a ${member} ${name}`),
  ])
}

/** A group of users. */
export const group = defineResource({
  name: 'group',
  properties,
  normalise(given, name, wrong): GroupProps {
    const fault = nameFault(name)
    if (fault !== undefined) wrong(fault)
    const { ensure, gid, system, members } = given
    if (ensure === 'absent' && name === 'root') wrong('the group of root cannot be removed')
    if (ensure === 'absent' && (gid !== undefined || system || members.length > 0))
      wrong('a group that is absent has no properties')
    return { ...given, members: [...new Set(members)] }
  },
  writes: ACCOUNT_FILES,
  id: ({ gid }) => (gid === undefined ? undefined : { kind: 'gid', number: gid }),
  brings: (need, own) => need.kind === 'group' && need.name === own,
  needs: (_name, { members }) => members.map((name) => ({ kind: 'user', name, of: 'members' })),
  foresee: (items, steps) => foreseeTaken('gid', items, steps, ({ gid }) => gid),
  observe,
  parse,
  diff,
  apply,
  functions: accountTool,
})
