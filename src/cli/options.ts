/** One flag: the table that the parser, the help and the "did you mean" read. */
export interface Option {
  readonly name: string
  readonly short?: string
  /** Other names that people's hands know. */
  readonly also?: readonly string[]
  /** What its value is called; absent: a switch. */
  readonly value?: string
  /** May be given more than once. */
  readonly many?: true
  readonly group: 'Which hosts' | 'What happens' | 'How to log in' | 'What is shown'
  readonly says: string
  /** The commands that take it; absent: all that talk to hosts. */
  readonly only?: readonly string[]
  /** Commands that talk to hosts and do not take it. */
  readonly except?: readonly string[]
}

const RUNS = ['apply', 'plan']
/** They work on an app of the whole cluster, not on selected hosts. */
const APPS = ['deploy', 'scale']

/** All flags. */
export const OPTIONS = [
  { name: 'inventory', short: 'i', value: 'FILE', group: 'Which hosts', says: 'the inventory; default inventory.json' },
  {
    name: 'role',
    short: 'r',
    value: 'ROLE',
    many: true,
    group: 'Which hosts',
    except: APPS,
    says: 'hosts that have the role; a,b or twice: either',
  },
  {
    name: 'host',
    short: 'l',
    also: ['limit'],
    value: 'PATTERN',
    many: true,
    group: 'Which hosts',
    except: APPS,
    says: "hosts by name: zk-*, zk-1,zk-2, '!zk-3'",
  },
  {
    name: 'extra-vars',
    short: 'e',
    value: 'RECIPE.NAME=VALUE',
    many: true,
    group: 'Which hosts',
    says: 'a variable, for this run; @FILE: JSON like vars',
  },
  { name: 'list-hosts', group: 'Which hosts', except: APPS, says: 'the same as the command hosts' },

  { name: 'check', short: 'C', group: 'What happens', only: RUNS, says: 'the same as the command plan' },
  { name: 'out', short: 'o', value: 'FILE', group: 'What happens', only: ['plan'], says: 'keep the plan, for apply --plan' },
  { name: 'plan', value: 'FILE', group: 'What happens', only: ['apply'], says: 'apply this plan and no other' },
  {
    name: 'allow',
    value: 'NAME',
    many: true,
    group: 'What happens',
    only: [...RUNS, ...APPS],
    says: 'waive the refusal of that name, for this run',
  },
  { name: 'wait', group: 'What happens', only: [...RUNS, ...APPS], says: 'wait for other runs, or deployments, instead of giving up' },
  {
    name: 'to',
    value: 'VERSION',
    group: 'What happens',
    only: ['deploy'],
    says: 'an older version instead of a file',
  },
  {
    name: 'image',
    value: 'FILE',
    group: 'What happens',
    only: ['deploy'],
    says: 'load the image from this file of docker save',
  },
  {
    name: 'deadline',
    value: 'N',
    group: 'What happens',
    only: APPS,
    says: 'it has failed after N seconds without progress; default 180',
  },
  { name: 'failures', value: 'N', group: 'What happens', only: ['deploy'], says: 'it has failed after N ends of new tasks; default 3' },
  { name: 'prestop', group: 'What happens', only: ['deploy'], says: 'print the pre-stop wrapper, for an image' },
  { name: 'forks', short: 'f', value: 'N', group: 'What happens', except: APPS, says: 'hosts at the same time; default 50' },

  { name: 'user', short: 'u', value: 'NAME', group: 'How to log in', says: 'log in as; default as the inventory and ~/.ssh/config say' },
  { name: 'port', value: 'N', group: 'How to log in', says: 'port of sshd' },
  { name: 'identity', also: ['private-key'], value: 'FILE', group: 'How to log in', says: 'private key' },
  { name: 'ask-pass', short: 'k', group: 'How to log in', says: 'ask for the password of the login' },
  { name: 'ask-become-pass', short: 'K', group: 'How to log in', says: 'ask for the password of sudo' },

  { name: 'diff', short: 'D', group: 'What is shown', only: RUNS, says: "the content of new files too; apply: each host's plan" },
  { name: 'script', group: 'What is shown', only: ['plan'], says: 'the sh that would be run, secrets hidden' },
  { name: 'json', group: 'What is shown', only: [...RUNS, ...APPS, 'hosts', 'status'], says: 'one JSON object a line on stdout' },
  { name: 'verbose', short: 'v', group: 'What is shown', except: APPS, says: 'a line for every line of output' },
  { name: 'color', group: 'What is shown', says: 'always colours; --no-color: never; default: on a terminal' },
] as const satisfies readonly Option[]

/** The table without its literal types. */
export const options: readonly Option[] = OPTIONS

type Entry = (typeof OPTIONS)[number]
type ValueOf<O> = O extends { value: string } ? (O extends { many: true } ? readonly string[] : string) : boolean

/** What was given: switches and values by the flag's first name. */
export type Flags = { readonly [O in Entry as O['name']]?: ValueOf<O> | undefined }

/** Is the flag one of this command's? */
export const takes = (command: string, option: Option): boolean =>
  option.only?.includes(command) ?? !['schema', 'sandbox', 'completion', ...(option.except ?? [])].includes(command)
