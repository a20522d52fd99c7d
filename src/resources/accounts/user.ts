import { createHash } from 'node:crypto'
import { defineByHand } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { absolutePath } from '../kit/path.ts'
import { ACCOUNT_NAME, getent } from './getent.ts'
import { changeUser, keysText, NO_HOME } from './user-change.ts'

/** A user, as a recipe writes it. What is not said is left as it is, and takes the system's default where the user is made. */
export interface UserInput {
  readonly uid?: number
  /** Name of the primary group. Default: one of the user's own name. */
  readonly group?: string
  /** Supplementary groups that the user is in; others are tolerated unless `exactGroups`. */
  readonly groups?: readonly string[]
  readonly exactGroups?: boolean
  readonly home?: string
  /** Make the home directory. Default: true, for a system user false. */
  readonly createHome?: boolean
  readonly shell?: string
  readonly comment?: string
  /** Made with a number below those of people. Default false. */
  readonly system?: boolean
  /** Exactly these lines are in `~/.ssh/authorized_keys`. */
  readonly authorizedKeys?: readonly string[]
  /** `locked`: no password opens it. Users that are made have none in any case. */
  readonly password?: 'locked'
  readonly ensure?: 'present' | 'absent'
}

/** The same, with defaults. */
export interface UserProps extends UserInput {
  readonly groups: readonly string[]
  readonly exactGroups: boolean
  readonly createHome: boolean
  readonly system: boolean
  readonly ensure: 'present' | 'absent'
}

/** A user as he is. */
export interface UserState {
  readonly uid: number
  readonly group: string
  readonly groups: readonly string[]
  readonly comment: string
  readonly home: string
  readonly hasHome: boolean
  readonly shell: string
  readonly locked: boolean
  /** The keys' lines, or that they are as wanted; kind, mode and owner of `~/.ssh` and the file. Undefined: not asked. */
  readonly keys?: { readonly is: 'same' | readonly string[]; readonly access: string }
}

const keyLines = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
/** What people know a key by: its comment, or its last characters. */
const keyName = (line: string): string => {
  const [, blob = '', ...comment] = line.slice(Math.max(0, line.search(/(ssh-|ecdsa-|sk-)\S+ AAAA/))).split(/\s+/)
  return comment.join(' ') || `…${blob.slice(-8)}`
}

function observe(items: readonly Item<UserProps>[]): Script {
  return join([
    getent(
      'passwd',
      items.map((i) => i.name),
    ),
    sh`
      existing=
      for line in $found; do existing="$existing$IFS\${line%%:*}"; done
      # a primary group without a name makes it complain, and show the number
      [ -z "$existing" ] || memberships=$(groups $existing 2>/dev/null) || [ -n "$memberships" ]
      [ -z "$existing" ] || passwords=$(getent shadow $existing) || [ $? -eq 2 ]
      look() { # NAME, digest of the wanted authorized_keys
        line_of "$1" : "$passwords"
        case \${line#*:} in '!'* | '*'*) locked=yes ;; *) locked=no ;; esac
        line_of "$1" ' : ' "$memberships"; groups=\${line#* : }
        line_of "$1" : "$found"
        if [ -z "$line" ]; then printf '%s\tabsent\n' "$1"; return; fi
        IFS=:; set -- "$1" "$2" $line; IFS=${'\n'}
        home=$8 has=no; [ ! -d "$home" ] || has=yes
        printf '%s\tuser\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$5" "$6" "$7" "$8" "$9" "$has" "$locked" "$groups"
        [ -n "$2" ] || return 0
        keys=$home/.ssh/authorized_keys
        access=$(stat -c '%F %a %u' -- "$home/.ssh" "$keys" 2>/dev/null | tr '\n' ',') || :
        if [ -f "$keys" ] && [ "$(sha256sum <"$keys" | cut -c 1-64)" = "$2" ]; then printf '%s\tkeys\t%s\tsame\n' "$1" "$access"
        else printf '%s\tkeys\t%s\tis\t%s\n' "$1" "$access" "$([ ! -f "$keys" ] || head -c 65536 -- "$keys" | base64 -w0)"; fi
      }`,
    ...items.map(
      ({ name, props: { authorizedKeys: keys } }) =>
        sh`look ${name} ${keys === undefined ? '' : createHash('sha256').update(keysText(keys)).digest('hex')}`,
    ),
  ])
}

function parse(records: readonly Fields[]): UserState | 'absent' {
  const user = records.find(([word]) => word === 'user')
  if (user === undefined) {
    if (records.some(([word]) => word === 'absent')) return 'absent'
    throw new Error('the answer says neither what it is nor that it is absent')
  }
  const [, uid = '', , comment = '', home = '', shell = '', has, locked, memberships = ''] = user
  const [group = '', ...groups] = memberships.split(' ')
  const keys = records.find(([word]) => word === 'keys')
  return {
    uid: Number(uid),
    group,
    groups,
    comment,
    home,
    hasHome: has === 'yes',
    shell,
    locked: locked === 'yes',
    ...(keys === undefined
      ? {}
      : {
          keys: {
            access: keys[1] ?? '',
            is: keys[2] === 'same' ? 'same' : keyLines(Buffer.from(keys[3] ?? '', 'base64').toString('utf8')),
          },
        }),
  }
}

function diff(props: UserProps, is: UserState | 'absent'): readonly Change[] | Refusal {
  if (props.ensure === 'absent') return is === 'absent' ? [] : [{ action: 'remove', text: `uid ${is.uid}; ${is.home} stays` }]
  if (is === 'absent')
    return [
      {
        action: 'create',
        text: summary(props),
        ...(props.authorizedKeys === undefined ? {} : { fingerprint: keysText(props.authorizedKeys) }),
      },
    ]
  const texts = [
    ...differs('group', props.group, is.group),
    ...groupsDifference(props, is),
    ...differs('comment', props.comment, is.comment),
    ...differs('home', props.home, is.home),
    ...(props.createHome && !is.hasHome && is.home !== NO_HOME ? ['its home directory is missing'] : []),
    ...differs('shell', props.shell, is.shell),
    ...(props.password === 'locked' && !is.locked ? ['lock its password'] : []),
    ...keysDifference(props.authorizedKeys, is),
  ]
  const changes: Change[] = texts.map((text) => ({ action: 'update', text }))
  if (props.uid === undefined || props.uid === is.uid) return changes
  return {
    refusal: 'user-uid',
    reason: `its uid is ${is.uid}, ${props.uid} is wanted; files of the old number would belong to nobody.`,
    remedy: `Write uid: ${is.uid}, or change it by hand: end its processes, usermod -u, then chown what it owns outside its home.`,
    changes: [{ action: 'update', text: `uid ${is.uid} → ${props.uid}` }, ...changes],
  }
}

const differs = (what: string, wanted: string | undefined, is: string): readonly string[] =>
  wanted === undefined || wanted === is ? [] : [`${what} ${is || 'none'} → ${wanted}`]

function signed(plus: readonly string[], minus: readonly string[]): string {
  return [...plus.map((x) => `+${x}`), ...minus.map((x) => `-${x}`)].join(' ')
}

function groupsDifference({ groups, exactGroups }: UserProps, is: UserState): readonly string[] {
  const text = signed(
    groups.filter((g) => g !== is.group && !is.groups.includes(g)),
    exactGroups ? is.groups.filter((g) => !groups.includes(g)) : [],
  )
  return text === '' ? [] : [`groups ${text}`]
}

function keysDifference(wanted: readonly string[] | undefined, { uid, keys }: UserState): readonly string[] {
  if (wanted === undefined || keys === undefined) return []
  if (keys.is !== 'same') {
    const has = keys.is
    return [
      `authorized keys ${
        signed(wanted.filter((k) => !has.includes(k)).map(keyName), has.filter((k) => !wanted.includes(k)).map(keyName)) ||
        'in another order or with remarks'
      }`,
    ]
  }
  return keys.access === `directory 700 ${uid},regular file 600 ${uid},` ||
    (wanted.length === 0 && keys.access === `directory 700 ${uid},regular empty file 600 ${uid},`)
    ? []
    : ['owner and mode of its authorized keys']
}

function summary({ uid, group, groups, shell, authorizedKeys: keys }: UserProps): string {
  return [
    uid === undefined ? 'next free uid' : `uid ${uid}`,
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(groups.length === 0 ? [] : [`groups ${groups.join(' ')}`]),
    ...(shell === undefined ? [] : [shell]),
    ...(keys === undefined ? [] : [`authorized keys ${keys.map(keyName).join(', ') || 'none'}`]),
  ].join(', ')
}

function normalise(input: UserInput, name: string): UserProps {
  const say = (what: string): never => {
    throw new TypeError(`user ${JSON.stringify(name)}: ${what}`)
  }
  const { groups = [], exactGroups = false, system = false, ensure = 'present', authorizedKeys, ...rest } = input
  const createHome = input.createHome ?? !system
  if (!ACCOUNT_NAME.test(name)) say('a name is of lower-case letters, digits, "_", "-" and "."')
  if (ensure === 'absent' && Object.keys(input).length > 1) say('a user who is absent has no properties')
  if (rest.uid !== undefined && !(Number.isInteger(rest.uid) && rest.uid >= 0)) say('uid is not a number')
  for (const g of [...groups, ...(rest.group === undefined ? [] : [rest.group])])
    if (!ACCOUNT_NAME.test(g)) say(`${JSON.stringify(g)} is not the name of a group`)
  for (const path of [rest.home, rest.shell]) if (path !== undefined) absolutePath(`user ${JSON.stringify(name)}:`, path)
  if (/[:,\n\t]/.test(rest.comment ?? '')) say('a comment holds no colon, comma, tab or line break')
  for (const key of authorizedKeys ?? []) {
    if (key.includes('\n') || !/(^|\s)(ssh-|ecdsa-|sk-)\S+ AAAA\S+/.test(key))
      say(`${JSON.stringify(key.slice(0, 40))} is not a public key; write it like "ssh-ed25519 AAAA… name"`)
  }
  return {
    ...rest,
    groups: [...new Set(groups)],
    exactGroups,
    system,
    createHome,
    ensure,
    ...(authorizedKeys === undefined ? {} : { authorizedKeys: authorizedKeys.map((k) => k.trim()) }),
  }
}

/** A user of the host. */
export const user = defineByHand<UserInput, UserProps, UserState>({ name: 'user', observe, parse, diff, apply: changeUser }, normalise, {
  uid: true,
  group: true,
  groups: true,
  exactGroups: true,
  home: true,
  createHome: true,
  shell: true,
  comment: true,
  system: true,
  authorizedKeys: true,
  password: true,
  ensure: true,
})
