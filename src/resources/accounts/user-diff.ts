import type { Change, Refusal } from '../../model/resource.ts'
import { keysText, NO_HOME } from './user-change.ts'
import type { UserProps } from './user-properties.ts'

/** A user's observed state. */
export interface UserState {
  readonly uid: number
  readonly group: string
  readonly groups: readonly string[]
  readonly comment: string
  readonly home: string
  readonly hasHome: boolean
  readonly shell: string
  readonly locked: boolean
  /**
   * `is`: the lines of the authorized keys, or `same` if they are as wanted; the rest is kind, mode and owner of
   * `~/.ssh` and of the file. Undefined if not asked for.
   */
  readonly keys?: { readonly is: 'same' | readonly string[]; readonly access: string }
  /** The shell that the user should have, or has if the recipe names none, is not a program. */
  readonly noShell: boolean
}

/** What users recognise a key by: its comment, or its last characters. */
const keyName = (line: string): string => {
  const [, blob = '', ...comment] = line.slice(Math.max(0, line.search(/(ssh-|ecdsa-|sk-)\S+ AAAA/))).split(/\s+/)
  return comment.join(' ') || `…${blob.slice(-8)}`
}

const signed = (plus: readonly string[], minus: readonly string[]): string =>
  [...plus.map((x) => `+${x}`), ...minus.map((x) => `-${x}`)].join(' ')

const update = (attribute: string, more: Omit<Change, 'action' | 'attribute'>): Change => ({
  action: 'update',
  attribute,
  ...more,
})

const differs = (attribute: string, wanted: string | undefined, is: string, text?: string): readonly Change[] =>
  wanted === undefined || wanted === is
    ? []
    : [update(attribute, { from: is || 'none', to: wanted, ...(text === undefined ? {} : { text }) })]

const NO_SHELL = 'which this host does not have yet'

/** A user who does not exist; the wanted shell may be missing, too. */
export type NoUser = 'absent' | 'absent, as is the shell'

const isThere = (is: UserState | NoUser): is is UserState => typeof is !== 'string'

/** What differs, for a user who exists or not. */
export function userDiff(props: UserProps, is: UserState | NoUser): readonly Change[] | Refusal {
  if (props.ensure === 'absent') {
    return !isThere(is) ? [] : [{ action: 'remove', attribute: 'uid', from: String(is.uid), text: `${is.home} stays` }]
  }
  if (!isThere(is)) return made(props, is !== 'absent')
  const changes = [
    ...differs('group', props.group, is.group),
    ...groupsDifference(props, is),
    ...differs('comment', props.comment, is.comment),
    ...differs('home', props.home, is.home, whatStays(props, is)),
    ...(props.createHome && !is.hasHome && is.home !== NO_HOME ? [update('home directory', { from: 'missing' })] : []),
    ...differs('shell', props.shell, is.shell, is.noShell ? NO_SHELL : undefined),
    ...(props.password === 'locked' && !is.locked ? [update('password', { to: 'locked' })] : []),
    ...keysDifference(props.authorizedKeys, is),
  ]
  if (props.uid === undefined || props.uid === is.uid) return changes
  return {
    refusal: 'user-uid',
    reason: `its uid is ${is.uid}, ${props.uid} is wanted; files with the old number would belong to nobody.`,
    remedy: `Write uid: ${is.uid}, or change it yourself: stop its processes, usermod -u, then chown what it owns outside its home.`,
    changes: [...differs('uid', String(props.uid), String(is.uid)), ...changes],
  }
}

/** A warning about a user who is in sync. */
export function userRemark({ ensure, shell }: UserProps, is: UserState | NoUser): string | undefined {
  if (ensure === 'absent' || !isThere(is) || !is.noShell || (shell ?? is.shell) !== is.shell) return undefined
  return `its shell ${is.shell} is not a program on this host: nobody can log in as this user`
}

/** The new home starts empty, whatever the old one contains. */
function whatStays({ authorizedKeys, createHome }: UserProps, is: UserState): string | undefined {
  if (!is.hasHome) return undefined
  const begins = createHome ? '; the new one begins empty' : ''
  return `what is in ${is.home} stays there${authorizedKeys === undefined ? ', its SSH keys too' : ''}${begins}`
}

function made({ uid, group, groups, shell, authorizedKeys: keys }: UserProps, noShell: boolean): readonly Change[] {
  const make = (attribute: string, to: string | undefined): readonly Change[] =>
    to === undefined ? [] : [{ action: 'create', attribute, to }]
  return [
    ...make('uid', uid === undefined ? 'next free' : String(uid)),
    ...make('group', group),
    ...make('groups', groups.length === 0 ? undefined : groups.join(' ')),
    ...make('shell', shell).map((change) => (noShell ? { ...change, text: NO_SHELL } : change)),
    ...make('authorized keys', keys === undefined ? undefined : keys.map(keyName).join(', ') || 'none').map(
      (change) => ({
        ...change,
        fingerprint: keysText(keys ?? []),
      }),
    ),
  ]
}

function groupsDifference({ groups, exactGroups }: UserProps, is: UserState): readonly Change[] {
  const to = signed(
    groups.filter((g) => g !== is.group && !is.groups.includes(g)),
    exactGroups ? is.groups.filter((g) => !groups.includes(g)) : [],
  )
  return to === '' ? [] : [update('groups', { to })]
}

function keysDifference(wanted: readonly string[] | undefined, { uid, keys }: UserState): readonly Change[] {
  if (wanted === undefined || keys === undefined) return []
  if (keys.is !== 'same') {
    const has = keys.is
    const to = signed(
      wanted.filter((k) => !has.includes(k)).map(keyName),
      has.filter((k) => !wanted.includes(k)).map(keyName),
    )
    return [update('authorized keys', to === '' ? { text: 'in another order or with remarks' } : { to })]
  }
  const right = [`directory 700 ${uid},regular file 600 ${uid},`]
  if (wanted.length === 0) right.push(`directory 700 ${uid},regular empty file 600 ${uid},`)
  return right.includes(keys.access) ? [] : [update('authorized keys', { text: 'owner and mode' })]
}
