import * as v from 'valibot'
import { defineResource, type Wrong } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { nameOf } from '../kit/mode.ts'
import { madeIn } from '../kit/needs.ts'
import { dirName, hiddenPath, pathBelowRoot } from '../kit/path.ts'
import { ensure } from '../kit/properties.ts'
import { leaving } from '../kit/put.ts'

const URL_OF_GIT = /^((https?|ssh|git|file):\/\/[^\s]+|[\w.-]+@[\w.-]+:[^\s]+|\/[^\s]*)$/

const properties = v.object({
  repository: v.optional(
    v.pipe(
      v.string(),
      v.regex(URL_OF_GIT, 'a URL like "https://git.example.com/app.git" or "git@git.example.com:app.git"'),
      v.check((text) => !/^https?:\/\/[^/]*@/.test(text), 'contains a login, which everybody on the host could read'),
      v.description("Its URL. With ssh, the user's own key is used, and the server must be a known host."),
    ),
  ),
  revision: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w][\w./+-]*$/, 'a commit, a tag or a branch'),
      v.description(
        'A full commit hash (40 digits), a tag or a branch. For a tag or a branch, every run asks the repository which commit it points to; a commit hash needs no such request.',
      ),
    ),
  ),
  user: v.optional(v.pipe(nameOf('user'), v.description('The user that owns the files and runs git.')), 'root'),
  ensure: ensure('`absent` removes the directory.'),
})

interface GitProps {
  readonly repository: string
  readonly revision: string
  readonly user: string
  readonly ensure: 'present' | 'absent'
}

interface Checkout {
  readonly owner: string
  /** The commit; empty before the first one. */
  readonly is: string
  readonly repository: string
  /** How many files differ from the commit; `damaged`: git cannot read it; `begun`: a run ended amid its checkout. */
  readonly changed: number | 'damaged' | 'begun'
  /** Where the revision points now, if the remote was asked; empty if it has no such revision. */
  readonly remote?: string
}

/** `other`: the path holds something other than a checkout. */
type GitState = Checkout | 'other'

/** What git.sh reads. `begun` is a ref that is there while a run replaces files. */
const variables = sh`tab=${'\t'} begun=refs/provision/begun`

const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision)
const short = (commit: string): string => commit.slice(0, 12)

const observe = (items: readonly Item<GitProps>[]): Script =>
  join([
    variables,
    ...items.map(
      ({ name, props: { user, repository, revision, ensure } }) =>
        sh`look_at_checkout ${[name, user, repository, ensure === 'absent' || isCommit(revision) ? '' : revision]}`,
    ),
  ])

function parse(records: readonly Fields[]): GitState | 'absent' {
  const of = (word: string): Fields | undefined => records.find(([first]) => first === word)?.slice(1)
  if (of('absent') !== undefined) return 'absent'
  if (of('other') !== undefined) return 'other'
  const [is = '', repository = '', changed = '0'] = of('is') ?? []
  const [remote] = of('remote') ?? []
  const [owner = ''] = of('owner') ?? []
  return {
    owner,
    is,
    repository,
    changed: changed === 'damaged' || changed === 'begun' ? changed : Number(changed),
    ...(remote === undefined ? {} : { remote }),
  }
}

function diff(wanted: GitProps, is: GitState | 'absent'): readonly Change[] | Refusal {
  const { repository, revision, user, ensure } = wanted
  if (is === 'absent')
    return ensure === 'absent' ? [] : [{ action: 'create', attribute: 'at', to: revision, text: `from ${repository}` }]
  if (is === 'other') return inTheWay
  if (ensure === 'absent') return [{ action: 'remove', attribute: 'at', from: short(is.is) }]
  const target = isCommit(revision) ? revision : (is.remote ?? '')
  if (target === '') return noSuchRevision(wanted)
  const to = isCommit(revision) ? revision : `${revision} (${short(target)})`
  const changes: Change[] = []
  if (is.owner !== user) changes.push({ action: 'update', attribute: 'owner', from: is.owner, to: user })
  if (is.repository !== repository)
    changes.push({ action: 'update', attribute: 'repository', from: is.repository, to: repository })
  if (is.is !== target || is.is === '')
    changes.push({ action: 'update', attribute: 'at', from: short(is.is) || 'no commit', to, fingerprint: target })
  if (is.changed === 'damaged') return [...changes, { action: 'update', text: 'git cannot read it: made again' }]
  if (is.changed === 'begun')
    return [...changes, { action: 'update', text: 'a run ended amid its checkout: done again' }]
  if (is.changed === 0) return changes
  const files = is.changed === 1 ? '1 file' : `${is.changed} files`
  return {
    refusal: 'git-changed-by-hand',
    reason: `${files} of the checkout ${is.changed === 1 ? 'was' : 'were'} changed by hand, and what was changed would be lost.`,
    remedy: 'Commit the changes elsewhere, or allow them to be taken back.',
    changes: [...changes, { action: 'update', attribute: 'files', text: `${files} changed by hand: taken back` }],
  }
}

const noSuchRevision = ({ repository, revision }: GitProps): Refusal => ({
  refusal: 'no-such-revision',
  reason: `${repository} has no branch and no tag ${revision}.`,
  remedy: 'Correct it. A commit is written with all of its 40 digits, a branch without "origin/".',
  changes: [],
  final: true,
})

const inTheWay: Refusal = {
  refusal: 'not-a-checkout',
  reason: 'Something else than a checkout of git is in the way.',
  remedy: 'Move it away.',
  changes: [],
  final: true,
}

function apply({ name, props: { repository, revision, user, ensure } }: Item<GitProps>): Script {
  if (ensure === 'absent') return sh`rm -rf --one-file-system ${name}`
  const hidden = hiddenPath(name)
  const bring = (path: string) => sh`bring_checkout ${[path, user, repository, revision]}`
  const first = sh`
    mkdir -m 0755 ${hidden}
    chown ${`${user}:`} ${hidden}
    ${bring(hidden)}
    mv -T ${hidden} ${name}`
  return sh`
    if [ -d ${`${name}/.git`} ]; then
    [ "$(stat -c %U ${`${name}/.git`})" = ${user} ] || chown -hR ${`${user}:`} ${name}
    ${bring(name)}
    else
    [ -d ${dirName(name)} ] || { echo ${`${name}: there is no directory ${dirName(name)} to make it in`} >&2; exit 1; }
    ${leaving(hidden, first)}
    fi`
}

function normalise(given: v.InferOutput<typeof properties>, path: string, wrong: Wrong): GitProps {
  pathBelowRoot('git', path)
  const { repository = '', revision = '', ensure } = given
  if (ensure === 'present' && (repository === '' || revision === ''))
    wrong("give its repository and its revision, or ensure: 'absent'")
  if (ensure === 'absent' && /^\/[^/]*$/.test(path)) wrong('is not removed: it is part of the system')
  const commit = /^[0-9a-f]{40}$/i.test(revision)
  return { ...given, repository, revision: commit ? revision.toLowerCase() : revision }
}

/**
 * A checkout of a git repository: `git('/srv/app', { repository: 'https://git.example.com/app.git', revision: 'v1.2.0'
 * })`. Untracked files are kept: a revision that would replace one is not taken; submodules are not fetched. A
 * repository that git cannot read, as after a power cut, is made again.
 */
export const git = defineResource({
  name: 'git',
  properties,
  normalise,
  observe,
  parse,
  diff,
  apply,
  functions: join([variables, shFile(import.meta.url, './git.sh')]),
  probeFunctions: [shFile(import.meta.url, './git.sh')],
  needs: (path, { ensure, user }) =>
    ensure === 'absent'
      ? []
      : [
          { kind: 'program', name: 'git', from: 'package git' },
          ...(user === 'root' ? [] : [{ kind: 'user', name: user, of: 'user' } as const]),
          ...madeIn(path),
        ],
  places: (path, { ensure }) => [{ path, as: ensure === 'absent' ? 'nothing' : 'directory' }],
})
