import { defineByHand } from '../model/define-resource.ts'
import type { Change, Item } from '../model/resource.ts'
import { empty, join, quoted, type Script, sh } from '../shell/script.ts'
import { Secret } from '../shell/secret.ts'
import { absolutePath } from './kit/path.ts'

/** What is run: the words of one program, or a script made by `` sh`…` ``. */
export type Run = Script | readonly string[]

/** What a recipe writes about a command. Exactly one of `creates` and `unless` says whether it has been done. */
export interface CommandInput {
  readonly run: Run
  /** A path that is there once it has been done. */
  readonly creates?: string
  /** Reads only; ends with 0 once it has been done. */
  readonly unless?: Run
  readonly cwd?: string
  /** Who runs it; default root. */
  readonly user?: string
  /** Its standard input: the way for a secret, which an argument would show to everybody on the host. */
  readonly stdin?: string | Secret
  /** Seconds after which it is ended and has failed. */
  readonly timeout?: number
}

interface CommandProps extends Omit<CommandInput, 'run' | 'unless'> {
  readonly run: Script
  readonly unless?: Script
}

/** `done`, or how the probe ended. */
type CommandState = 'done' | 'not done'

/** sh that runs a script elsewhere: by another user, in another directory. The script goes through a pipe, never through an argument. */
function elsewhere({ cwd, user, timeout, stdin }: Omit<CommandInput, 'run'>, run: Script): Script {
  const body = join([
    sh`set -e`,
    cwd === undefined ? empty : sh`cd ${cwd}`,
    stdin === undefined
      ? run
      : sh`
        printf %s ${stdin} | {
        ${run}
        }`,
  ])
  const prefix = [
    ...(timeout === undefined ? [] : ['timeout', '-k', '10', String(timeout)]),
    ...(user === undefined ? [] : ['runuser', '-u', user, '--']),
  ]
  if (prefix.length > 0) return sh`printf %s ${quoted(body)} | ${prefix} sh -c 'body=$(cat); eval "$body" </dev/null'`
  return join([sh`(`, body, sh`)`])
}

function observeOne({ name, props: { creates, unless, cwd, user } }: Item<CommandProps>): Script {
  if (unless === undefined)
    return sh`if [ -e ${creates as string} ]; then printf '%s\tdone\n' ${name}; else printf '%s\tnot done\n' ${name}; fi`
  // 126 and above are no answer, but for 127: on a bare host the program is not there yet
  return sh`
    set +e
    {
    ${elsewhere({ ...(cwd === undefined ? {} : { cwd }), ...(user === undefined ? {} : { user }) }, unless)}
    } >/dev/null 2>&1
    status=$?; set -e
    case $status in
    0) printf '%s\tdone\n' ${name} ;;
    126 | 12[89] | 1[3-9]? | 2??) printf '%s\t!\tits probe ended with %s\n' ${name} "$status" ;;
    *) printf '%s\tnot done\n' ${name} ;;
    esac`
}

function diff({ run }: CommandProps, is: CommandState | 'absent'): readonly Change[] {
  if (is === 'done') return []
  const [first = '', ...more] = run.shown.split('\n')
  return [{ action: 'update', text: `runs ${first}${more.length > 0 ? ' …' : ''}`, fingerprint: run.text }]
}

const asScript = (run: Run): Script => (Array.isArray(run) ? sh`${run as readonly string[]}` : (run as Script))

function check(what: string, word: string, run: Run | string): void {
  if (typeof run === 'string') throw new TypeError(`${what}: write ${word} as a list of words, or as sh\`…\``)
  if (!Array.isArray(run)) return
  if (run.some((w) => (w as unknown) instanceof Secret))
    throw new TypeError(`${what}: a secret among the words of ${word} could be read by everybody on the host; give it as stdin`)
  if (run.length === 0) throw new TypeError(`${what}: ${word} is empty`)
}

/** The way out for what no other type can say: `command('make the schema', { run: ['rake', 'db:schema'], unless: ['rake', 'db:check'] })`. */
export const command = defineByHand<CommandInput, CommandProps, CommandState>(
  {
    name: 'command',
    observe: (items) => join(items.map(observeOne)),
    parse: (records) => (records[0]?.[0] === 'done' ? 'done' : 'not done'),
    diff,
    apply: ({ props: { run, unless: _, creates: __, ...where } }) => elsewhere(where, run),
  },
  ({ run, unless, ...rest }, name) => {
    const what = `command ${JSON.stringify(name)}`
    if ((unless === undefined) === (rest.creates === undefined))
      throw new TypeError(`${what}: say either creates or unless, so that it is not run twice`)
    check(what, 'run', run)
    check(what, 'unless', unless ?? ['true'])
    if (rest.creates !== undefined) absolutePath('command', rest.creates)
    if (rest.timeout !== undefined && !(rest.timeout > 0)) throw new TypeError(`${what}: timeout is in seconds`)
    return { ...rest, run: asScript(run), ...(unless === undefined ? {} : { unless: asScript(unless) }) }
  },
  { run: true, creates: true, unless: true, cwd: true, user: true, stdin: true, timeout: true },
)
