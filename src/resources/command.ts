import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { mustBe } from '../lib/check/kinds.ts'
import { defineResource, type Wrong } from '../model/define-resource.ts'
import type { Change, Item, Need } from '../model/resource.ts'
import { STATE_DIR } from '../shell/paths.ts'
import { empty, join, quoted, type Script, sh, shFile } from '../shell/script.ts'
import { Secret } from '../shell/secret.ts'
import { nameOf } from './kit/mode.ts'
import { absolutePath } from './kit/path.ts'
import { hostPath, wordsOf } from './kit/properties.ts'

/** What to run: the words of one command line, or a script made with `` sh`…` ``. */
type Run = Script | readonly string[]

const word = v.string(({ input }) =>
  input instanceof Secret
    ? "is a secret, and everybody on the host can read a program's words: give it as stdin"
    : mustBe('text')({ input }),
)
const words = wordsOf(word)
const script = v.custom<Script>(
  (given) => typeof given === 'object' && given !== null && 'blobs' in given && 'shown' in given,
  mustBe('a list of words, or sh`…`'),
)
const run = v.pipe(
  v.lazy((given): v.GenericSchema<Run> => (Array.isArray(given) ? words : script)),
  v.title('Script | string[]'),
)

const properties = v.object({
  run: v.pipe(run, v.description('A command and its arguments, or a script made with `` sh`…` ``.')),
  creates: v.optional(
    v.pipe(
      hostPath,
      v.description(
        'A path that exists once the command has run. What a run that failed or was killed leaves there does not count: the next run runs the command again.',
      ),
    ),
  ),
  unless: v.optional(
    v.pipe(
      run,
      v.description('A read-only command that exits with 0 if `run` is not needed. It may take up to a minute.'),
    ),
  ),
  cwd: v.optional(v.pipe(hostPath, v.description('The working directory of both.'))),
  user: v.optional(v.pipe(nameOf('user'), v.description('The user that runs both. Default: root.'))),
  stdin: v.optional(
    v.pipe(
      v.union([v.string(), v.instance(Secret)], mustBe('text or a Secret')),
      v.description('The standard input. Pass secrets here, because everyone on the host can see arguments.'),
    ),
  ),
  timeout: v.optional(
    v.pipe(
      v.number(),
      v.gtValue(0),
      v.description('The number of seconds after which the command is killed and counts as failed.'),
    ),
  ),
})

interface Where {
  readonly cwd?: string | undefined
  readonly user?: string | undefined
  readonly stdin?: string | Secret | undefined
  readonly timeout?: number | undefined
}

interface CommandProps extends Where {
  readonly run: Script
  readonly creates?: string | undefined
  readonly unless?: Script
  /** The program, unless `run` is a script or the program depends on the working directory. */
  readonly program?: string
}

/** Seconds that a probe may take. It ends, and the command is named, before the host counts as hung. */
const PROBE = 60

/**
 * `no program`: the program that `unless` runs does not exist. `begun`: the path that it creates exists, but the run
 * that made it did not succeed.
 */
type CommandState = (typeof STATES)[number]
const STATES = ['done', 'not done', 'no program', 'begun'] as const

/** A command with `creates` has this mark from just before its run until the run has succeeded. */
const markOf = (creates: string): string =>
  `${STATE_DIR}/command.${createHash('sha256').update(creates).digest('hex').slice(0, 16)}`

/**
 * sh that runs a script as another user or in another directory. The script goes through a pipe, never through an
 * argument.
 */
function elsewhere({ cwd, user, timeout, stdin }: Where, run: Script): Script {
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

function observeOne({ name, props: { creates = '', unless, cwd, user } }: Item<CommandProps>): Script {
  if (unless === undefined) return sh`made ${[name, creates, markOf(creates)]}`
  return sh`
    status=0
    [ -n "$hangs" ] || {
    ${elsewhere({ cwd, user, timeout: PROBE }, unless)}
    } >/dev/null 2>&1 || status=$?
    judge ${name} ${PROBE}`
}

const observe = (items: readonly Item<CommandProps>[]): Script =>
  join([
    items.some(({ props }) => props.unless === undefined)
      ? sh`
        made() {
        is='not done'
        [ ! -e "$2" ] || { is=done; [ ! -e "$3" ] || is=begun; }
        printf '%s\t%s\n' "$1" "$is"
        }`
      : empty,
    items.some(({ props }) => props.unless !== undefined) ? shFile(import.meta.url, './command.sh') : empty,
    ...items.map(observeOne),
  ])

function diff({ run, creates = '' }: CommandProps, is: CommandState | 'absent'): readonly Change[] {
  if (is === 'done') return []
  const [first = '', ...more] = run.shown.split('\n')
  const why =
    is === 'begun'
      ? `since its last run did not succeed, and ${creates} may be incomplete (if not, remove ${markOf(creates)})`
      : 'since the program of its unless is not there'
  const text = is === 'begun' || is === 'no program' ? { text: why } : {}
  return [
    {
      action: 'update',
      attribute: 'run',
      to: `${first}${more.length > 0 ? ' …' : ''}`,
      ...text,
      fingerprint: run.text,
    },
  ]
}

/** sh that runs the command. If it fails, says whether its timeout ended it, and leaves the mark of what it made. */
function apply({ props: { run, creates, timeout, cwd, user, stdin } }: Item<CommandProps>): Script {
  const done = elsewhere({ timeout, cwd, user, stdin }, run)
  if (timeout === undefined && creates === undefined) return done
  const mark = creates === undefined ? '' : markOf(creates)
  return join([
    creates === undefined
      ? empty
      : sh`
        mkdir -p -m 700 ${STATE_DIR}
        printf '%s\n' ${creates} >${mark}
        sync ${mark} ${STATE_DIR}`,
    // after `||`, sh would ignore the command's own `set -e`
    sh`
      set +e
      ${done}
      status=$?
      set -e`,
    timeout === undefined
      ? empty
      : sh`case $status in 124 | 137) echo ${`was ended: it was not done after ${timeout} s, its timeout`} >&2 ;; esac`,
    creates === undefined ? empty : sh`{ [ "$status" != 0 ] && [ -e ${creates} ]; } || rm -f ${mark}`,
    sh`[ "$status" = 0 ] || exit "$status"`,
  ])
}

const asScript = (run: Run): Script => ('blobs' in run ? run : sh`${run}`)

function normalise(
  { run, unless, ...rest }: v.InferOutput<typeof properties>,
  name: string,
  wrong: Wrong,
): CommandProps {
  if ((unless === undefined) === (rest.creates === undefined))
    wrong('give either creates or unless, so that it does not run twice')
  if (rest.creates !== undefined) absolutePath(`command ${JSON.stringify(name)}: creates`, rest.creates)
  const [program = ''] = 'blobs' in run ? [] : run
  return {
    ...rest,
    run: asScript(run),
    ...(unless === undefined ? {} : { unless: asScript(unless) }),
    ...(/^(\/.*|[^/]+)$/.test(program) ? { program } : {}),
  }
}

const needs = (_name: string, { user, cwd, program }: CommandProps): readonly Need[] => [
  ...(user === undefined ? [] : [{ kind: 'user', name: user, of: 'user' } as const]),
  ...(cwd === undefined ? [] : [{ kind: 'directory', name: cwd, of: 'cwd' } as const]),
  ...(program === undefined ? [] : [{ kind: 'program', name: program, of: 'run' } as const]),
]

/**
 * A command, for anything that no other type covers: `command('make the schema', { run: ['rake', 'db:schema'], unless:
 * ['rake', 'db:check'] })`.
 */
export const command = defineResource({
  name: 'command',
  properties,
  normalise,
  observe,
  parse: ([[word = ''] = []]): CommandState => STATES.find((state) => state === word) ?? 'not done',
  diff,
  apply,
  needs,
})
