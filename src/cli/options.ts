/** A flag, for the parser, the help, the completion and "did you mean". */
export interface Option {
  readonly name: string
  readonly short?: string
  /** Alternative names that users are accustomed to. */
  readonly also?: readonly string[]
  /** The placeholder for its value; absent: a switch. */
  readonly value?: string
  /** Its value is a number from 1 to this. */
  readonly most?: number
  /** May be given more than once. */
  readonly many?: true
  readonly group: 'Which hosts' | 'What happens' | 'How to log in' | 'What is shown'
  readonly says: string
  /** A switch that selects another command: `apply --check` is `plan`. */
  readonly command?: string
  /** An old name that still works, but is not in the help. */
  readonly old?: true
}

type ValueOf<O extends Option> = O extends { readonly value: string }
  ? O extends { readonly many: true }
    ? readonly string[]
    : O extends { readonly most: number }
      ? number
      : string
  : boolean

/** The values of the given flags, by name. */
export type FlagsOf<List extends readonly Option[]> = {
  readonly [O in List[number] as O['name']]?: ValueOf<O> | undefined
}

const option = <const O extends Option>(given: O): O => given

/** The inventory file. */
export const INVENTORY = option({
  name: 'inventory',
  short: 'i',
  value: 'FILE',
  group: 'Which hosts',
  says: 'the inventory file; default inventory.json',
})

/** Hosts by name. */
export const HOST = option({
  name: 'host',
  short: 'l',
  also: ['limit'],
  value: 'PATTERN',
  many: true,
  group: 'Which hosts',
  says: "select hosts by name: zk-*, zk-1..3, '!zk-3'",
})

/** The cluster, for commands that work on all of it. */
export const CLUSTER = [
  INVENTORY,
  option({
    name: 'extra-vars',
    short: 'e',
    value: 'NAME=VALUE',
    many: true,
    group: 'Which hosts',
    says: 'set RECIPE.NAME for this run; @FILE reads JSON',
  }),
] as const

/** The cluster, and the selection of its hosts. */
export const HOSTS = [
  INVENTORY,
  option({
    name: 'role',
    short: 'r',
    value: 'ROLE',
    many: true,
    group: 'Which hosts',
    says: 'select hosts by role; several: a,b',
  }),
  HOST,
  CLUSTER[1],
  option({ name: 'list-hosts', group: 'Which hosts', command: 'hosts', says: 'same as the command hosts' }),
] as const

/** The maximum number of concurrent hosts. */
export const FORKS = option({
  name: 'forks',
  short: 'f',
  value: 'N',
  most: 99_999,
  group: 'What happens',
  says: 'work on N hosts at a time; default 50',
})

/** Waivers of refusals. */
export const ALLOW = option({
  name: 'allow',
  value: 'NAME',
  many: true,
  group: 'What happens',
  says: 'waive this refusal for this run',
})

/** Waivers and locks. */
export const CAREFUL = [
  ALLOW,
  option({ name: 'wait', group: 'What happens', says: 'wait for other runs instead of giving up' }),
] as const

/** Skips questions. */
export const YES = option({ name: 'yes', short: 'y', group: 'What happens', says: 'do not ask' })

/** The command `plan`, as a flag. */
export const CHECK = option({
  name: 'check',
  short: 'C',
  group: 'What happens',
  command: 'plan',
  says: 'same as the command plan',
})

/** A flag that only shows what a command would do. */
export const look = (says: string) => option({ name: 'check', short: 'C', group: 'What happens', says })

/** How long a rollout may go without progress. */
export const DEADLINE = option({
  name: 'deadline',
  value: 'N',
  most: 99_999,
  group: 'What happens',
  says: 'give up after N s without progress; default 180',
})

/** How long a reboot may take. */
export const BOOT_DEADLINE = option({
  name: 'deadline',
  value: 'N',
  most: 99_999,
  group: 'What happens',
  says: 'give a host up that is not back N s after its reboot; default 600',
})

/** The login user. */
export const USER = option({
  name: 'user',
  short: 'u',
  value: 'NAME',
  group: 'How to log in',
  says: 'the login; default: inventory or ~/.ssh/config',
})

/** SSH settings. */
export const LOGIN = [
  USER,
  option({ name: 'port', value: 'N', most: 65_535, group: 'How to log in', says: 'the port of sshd' }),
  option({ name: 'identity', also: ['private-key'], value: 'FILE', group: 'How to log in', says: 'the private key' }),
  option({ name: 'ask-pass', short: 'k', group: 'How to log in', says: 'ask for the login password' }),
  option({ name: 'ask-become-pass', short: 'K', group: 'How to log in', says: 'ask for the sudo password' }),
] as const

/** Output for programs. */
export const JSON_LINES = option({ name: 'json', group: 'What is shown', says: 'print JSON, one object per line' })

/** How much detail runs over hosts show. */
export const DETAIL = [
  option({ name: 'diff', short: 'D', group: 'What is shown', says: 'show new files in full; apply: show the plan' }),
  option({ name: 'verbose', short: 'v', group: 'What is shown', says: 'print every line of output' }),
] as const

/** The exit codes of commands on instances, except for success. */
export const CLOUD_EXITS = [
  ['1', 'the cloud refused something, or it went wrong for a host'],
  ['3', 'there is a mistake in the command line, the inventory or a recipe'],
  ['4', 'the cloud could not be reached'],
] as const

/** Colours. */
export const COLOR = option({
  name: 'color',
  group: 'What is shown',
  says: 'use colours; --no-color: never',
})

/** The flags that select a cluster and its hosts. */
export type HostFlags = FlagsOf<typeof HOSTS>
/** The login flags. */
export type LoginFlags = FlagsOf<typeof LOGIN>

/** The flags of a run that changes hosts in turns. */
export const TURNS = [...CAREFUL, FORKS, ...LOGIN, ...DETAIL, JSON_LINES, COLOR] as const
