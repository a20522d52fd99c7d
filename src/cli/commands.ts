import type { Io } from './io.ts'
import type { Args } from './parse.ts'

/** What a command's file exports: does it, and gives the exit code. */
export interface CommandModule {
  run(args: Args, io: Io): Promise<number>
}

/** One command; its code is only loaded when it is run. */
export interface Command {
  readonly name: string
  readonly says: string
  readonly load: () => Promise<CommandModule>
  /** How it is written, where that is not just its name and flags. */
  readonly usage?: string
  /** More words, for its own help. */
  readonly more?: string
  /** What the words behind its name are: `FILE`. */
  readonly words?: readonly string[]
  /** Parses what follows its name itself. */
  readonly raw?: true
}

/** All commands, in the order of the help. The first is the default. */
export const commands: readonly Command[] = [
  {
    name: 'apply',
    says: 'make hosts what their recipes say; the default',
    load: () => import('./commands/apply.ts'),
    more: 'Looks at all hosts at once, changes what differs, looks again. Run twice, it changes nothing. ^C lets what runs finish and starts nothing new; a second ^C leaves, and hosts finish on their own.',
  },
  {
    name: 'plan',
    says: 'show what apply would do; changes nothing',
    load: () => import('./commands/plan.ts'),
    more: 'Ends with 0 where all is in sync, with 2 where there is something to do.',
  },
  {
    name: 'status',
    says: "ask every component how it is, through the hosts' own sshd",
    load: () => import('./commands/status.ts'),
    more: 'Ends with 1 where a component is red.',
  },
  { name: 'hosts', says: 'list the selected hosts; connects to none', load: () => import('./commands/hosts.ts') },
  {
    name: 'exec',
    says: 'run a command on every selected host, as root',
    load: () => import('./commands/exec.ts'),
    usage: 'exec [flags] -- COMMAND [ARGUMENT…]',
    more: "Words arrive as they were typed; for pipes and variables: -- sh -c 'df -h | tail -1'. Like everything it runs through sudo, whoever logs in. Ends with 1 where the command did not end with 0.",
  },
  {
    name: 'deploy',
    says: "bring an app's new version in through Marathon, and take it back where it fails",
    load: () => import('./commands/deploy.ts'),
    usage: 'deploy [flags] APP.json | deploy --to VERSION APP',
    words: ['FILE or APP'],
    more: 'The file is checked first; nothing is sent of an app that would hang or lose requests. The image is brought to the slaves, Marathon is followed, and every HAProxy is asked in the end. A version that does not become healthy is taken out again without touching a healthy task of the old one. ^C follows no further: Marathon goes on by itself.',
  },
  {
    name: 'scale',
    says: "make the number of an app's tasks another one",
    load: () => import('./commands/scale.ts'),
    usage: 'scale [flags] APP N',
    words: ['APP', 'N'],
    more: 'No other task is touched. More than the slaves have room for is refused.',
  },
  {
    name: 'sandbox',
    says: 'real hosts on this machine, to try an inventory on',
    load: () => import('./commands/sandbox.ts'),
    usage: 'sandbox up|down|ls|ssh|…',
    raw: true,
  },
  { name: 'schema', says: "print the inventory's JSON Schema, for editors", load: () => import('./commands/schema.ts') },
  {
    name: 'completion',
    says: 'print a script that lets bash or zsh complete commands and flags',
    load: () => import('./commands/completion.ts'),
    more: 'For this shell: source <(provision completion).',
  },
]
