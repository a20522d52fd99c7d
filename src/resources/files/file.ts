import * as v from 'valibot'
import { defineResource, type Written } from '../../model/define-resource.ts'
import type { Change, Contents, Fields, Item, Refusal, ResourceType } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import type { Validate } from '../kit/accepts.ts'
import { amount, type Content, content, digestOf, isFetched, MOST_INLINE } from '../kit/content.ts'
import { fetchedFirst } from '../kit/fetched-first.ts'
import { differOnlyIn, reloadable } from '../kit/json-keys.ts'
import { accessDifferences, type FullAccess, isPublic, mode, owners } from '../kit/mode.ts'
import { madeIn, ownedBy } from '../kit/needs.ts'
import { hiddenPath, pathBelowRoot } from '../kit/path.ts'
import { commandWords, ensure, fileContent } from '../kit/properties.ts'
import { put } from '../kit/put.ts'
import { foreseeRead, readerOf } from '../kit/readers.ts'
import { heldByOthers, isFile, parseStat, type Stat, statNames } from '../kit/stat.ts'
import { asText, bytes, unified, veiled } from '../kit/text-diff.ts'
import { lookAtFiles, lookFunctions } from './look-at-files.ts'
import { applyFiles, togetherFunctions } from './together.ts'

/** The properties of a file, except for its content. */
export const fileEntries = {
  secret: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Never show the content; implied if the content is a `Secret`. The default mode is then 0600.'),
    ),
    false,
  ),
  validate: v.optional(
    v.pipe(
      commandWords,
      v.description(
        "A command that must accept the new content before it is put in place, e.g. `['haproxy', '-c', '-f', '%s']`. It sees the file under its real name.",
      ),
    ),
  ),
  existing: v.optional(
    v.pipe(
      v.picklist(['keep', 'refuse']),
      v.description(
        'What to do if the file exists with other content: keep it, or refuse the change. Default: replace it.',
      ),
    ),
  ),
  refusal: v.optional(
    v.pipe(
      v.object({ name: v.optional(v.string()), reason: v.optional(v.string()), remedy: v.optional(v.string()) }),
      v.description(
        'The wording of that refusal; `{is}` and `{wanted}` stand for the first lines of the existing and the wanted content.',
      ),
    ),
  ),
  ensure: ensure('`absent` removes it.'),
  mode: v.optional(v.pipe(mode, v.description('Octal digits. Default `"0644"`, for a secret `"0600"`.'))),
  ...owners,
}

const properties = v.object({
  content: v.optional(
    v.pipe(
      fileContent,
      v.description(
        'The content; or `{ file }`, a file on this machine, which is sent as is; or `{ url, sha256 }`, which the host fetches.',
      ),
    ),
  ),
  reloadable,
  ...fileEntries,
})

/** The properties of a file, from a recipe or from another type that is made of files. */
export type FileInput = Written<v.InferInput<typeof properties>>

/** A file as wanted. */
export interface FileProps extends FullAccess {
  readonly ensure: 'present' | 'absent'
  readonly content: Content
  readonly secret: boolean
  readonly validate?: Validate
  readonly existing?: 'keep' | 'refuse'
  readonly reloadable?: readonly string[]
  readonly refusal: { readonly name: string; readonly reason: string; readonly remedy: string }
}

/** A file's observed state. */
export interface FileState {
  readonly stat: Stat
  /** `same`: as wanted; else the bytes, or `differs` if they were not sent back (secret, binary or long). */
  readonly content: 'same' | 'differs' | Uint8Array
}

function parse(records: readonly Fields[]): FileState | 'absent' {
  const stat = parseStat(records)
  if (stat === 'absent') return 'absent'
  const sent = records.find(([word]) => word === 'content')?.[1]
  if (sent !== undefined)
    return { stat, content: stat.size > MOST_INLINE ? 'differs' : new Uint8Array(Buffer.from(sent, 'base64')) }
  return { stat, content: records.some(([word]) => word === 'differs') ? 'differs' : 'same' }
}

function diff(wanted: FileProps, is: FileState | 'absent'): readonly Change[] | Refusal {
  if (wanted.ensure === 'absent')
    return is === 'absent' ? [] : (inTheWay(is, wanted) ?? [{ action: 'remove', text: is.stat.kind }])
  const fingerprint = digestOf(wanted.content)
  if (is === 'absent') {
    const what = wanted.secret ? 'secret' : amount(wanted.content)
    return [{ action: 'create', text: `${what}, ${wanted.owner}:${wanted.group} ${wanted.mode}`, fingerprint }]
  }
  if (wanted.existing === 'keep') return []
  if (!isFile(is.stat)) {
    const to = is.stat.target === undefined ? '' : ` to ${is.stat.target}`
    return inTheWay(is, wanted) ?? [{ action: 'update', text: `replaces a ${is.stat.kind}${to}`, fingerprint }]
  }
  const changes: Change[] = [...accessDifferences(wanted, is.stat)]
  if (is.content === 'same' || (wanted.existing === 'refuse' && saysTheSame(wanted, is))) return changes
  changes.unshift({ action: 'update', attribute: 'content', ...contentChange(wanted, is), fingerprint })
  return wanted.existing === 'refuse' ? refusal(wanted, is, changes) : changes
}

const inTheWay = ({ stat }: FileState, { ensure }: FileProps): Refusal | undefined =>
  stat.kind !== 'directory'
    ? heldByOthers(stat, 'file', ensure)
    : {
        refusal: 'not-a-file',
        reason: 'A directory is in the way of the file.',
        remedy: 'Move the directory away.',
        changes: [],
        final: true,
      }

/** Do the texts differ only in white space at the end? Then a file that a person wrote by hand counts as in sync. */
const saysTheSame = ({ content: { word } }: FileProps, is: FileState): boolean =>
  typeof word === 'string' && typeof is.content !== 'string' && asText(is.content)?.trimEnd() === word.trimEnd()

function contentChange({ secret, content }: FileProps, is: FileState): Pick<Change, 'text' | 'diff'> {
  if (secret) return { text: 'differs (secret)' }
  const { word } = content
  if (typeof word !== 'string') return { text: `differs (${bytes(is.stat.size)} → ${amount(content)})` }
  if (typeof is.content === 'string') return { text: `differs (${bytes(is.stat.size)})` }
  const text = asText(is.content)
  if (text === undefined) return { text: `differs (binary, ${bytes(is.stat.size)})` }
  const diff = unified(text, word)
  return { text: 'differs', diff: isPublic(is.stat) ? diff : veiled(diff) }
}

function contents({ ensure, secret, content: { word } }: FileProps, is: FileState | 'absent'): Contents | undefined {
  if (secret) return 'secret'
  if (ensure === 'absent' || typeof word !== 'string') return undefined
  if (is === 'absent') return { after: word }
  const before = textOf(word, is)
  return before === undefined ? undefined : { before, after: word }
}

/** A file's text, if it is text and was read. */
function textOf(wanted: string, { stat, content: is }: FileState): string | undefined {
  if (!isFile(stat) || is === 'differs') return undefined
  return is === 'same' ? wanted : asText(is)
}

function refusal(
  { refusal: { name, reason, remedy }, secret, content: { word } }: FileProps,
  is: FileState,
  changes: readonly Change[],
): Refusal {
  const first = (text: string | undefined): string =>
    secret || text === undefined ? 'other content' : text.replace(/\n.*/s, '')
  const values = {
    is: first(typeof is.content === 'string' || !isPublic(is.stat) ? undefined : asText(is.content)),
    wanted: first(typeof word === 'string' ? word : undefined),
  }
  const fill = (text: string): string => text.replace(/\{(is|wanted)\}/g, (_, key: 'is' | 'wanted') => values[key])
  return { refusal: name, reason: fill(reason), remedy: fill(remedy), changes }
}

function applyOne({ name, props }: Item<FileProps>): Script {
  if (props.ensure === 'absent') return sh`rm -f ${[name, hiddenPath(name)]}`
  const write = fetchedFirst(props.content, put(name, props.content, props, props.validate ?? readerOf(name)))
  return props.existing !== 'keep' ? write : join([sh`if [ ! -e ${name} ] && [ ! -L ${name} ]; then`, write, sh`fi`])
}

/** Is the file only written? Then applying it involves no program that might read other files. */
const isPlain = ({ name, props: { ensure, existing, validate, content } }: Item<FileProps>): boolean =>
  ensure === 'present' && existing !== 'keep' && (validate ?? readerOf(name)) === undefined && !isFetched(content)

/** A file as the program sees it that reads it. */
export const asRead = (name: string, path: string, { mode, owner, secret, content: { word } }: FileProps) => ({
  ...{ name, path, mode, owner },
  text: secret || typeof word !== 'string' ? undefined : word,
})

/** The behaviour of files, for types that are made of files. */
export const fileType: ResourceType<FileProps, FileState> = {
  name: 'file',
  aside: true,
  observe: lookAtFiles,
  parse,
  diff,
  applyTogether: (items) => applyFiles(items, isPlain, applyOne),
  functions: togetherFunctions,
  contents,
  places: (path, { ensure }) => [{ path, as: ensure === 'absent' ? 'nothing' : 'file' }],
  needs: (path, { ensure, owner, group }) => (ensure === 'absent' ? [] : [...madeIn(path), ...ownedBy(owner, group)]),
  foresee: (items, steps) =>
    foreseeRead(
      items.flatMap(({ name, props }) => (props.ensure === 'present' ? [asRead(name, name, props)] : [])),
      steps,
    ),
  reloads: (wanted, is) => differOnlyIn(wanted.reloadable, contents(wanted, is)),
  probeFunctions: [statNames, lookFunctions],
}

/**
 * Fills in the defaults of a file.
 * @throws TypeError for properties that can never be valid.
 */
export function normaliseFile(input: FileInput, what: string): FileProps {
  const { ensure = 'present', validate, existing, reloadable } = input
  const { refusal: words = {}, mode, owner = 'root', group = 'root' } = input
  if (input.content === undefined && ensure === 'present')
    throw new TypeError(`${what}: give its content, or ensure: 'absent'`)
  const secret = input.secret === true || input.content instanceof Secret
  return {
    ensure,
    content: content(input.content ?? '', secret, what),
    secret,
    mode: mode ?? (secret ? '0600' : '0644'),
    owner,
    group,
    ...(validate === undefined ? {} : { validate }),
    ...(existing === undefined ? {} : { existing }),
    ...(reloadable === undefined ? {} : { reloadable }),
    refusal: {
      name: words.name ?? 'file-exists',
      reason: words.reason ?? 'A file with other content already exists.',
      remedy: words.remedy ?? 'Check it, then remove it or allow it to be replaced.',
    },
  }
}

/** A file: `file('/etc/motd', { content: 'hello\n' })`. It is replaced as a whole, never rewritten in place. */
export const file = defineResource({
  ...fileType,
  properties,
  normalise: (given, path) => normaliseFile(given as FileInput, `file ${JSON.stringify(pathBelowRoot('file', path))}`),
})
