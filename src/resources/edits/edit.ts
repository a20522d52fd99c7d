import * as v from 'valibot'
import type { Change, Fields, Item, Lines, ResourceType } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import type { Validate } from '../kit/accepts.ts'
import { pathBelowRoot } from '../kit/path.ts'
import { commandWords } from '../kit/properties.ts'
import { tryOut } from '../kit/put.ts'

/** Some lines of a file that belongs to others. */
export interface Edit {
  readonly path: string
  readonly ensure: 'present' | 'absent'
  /** The call of an sh function that prints the edited text of its last argument, which is not in it: a file. */
  readonly call: Script
  /** How much is kept there, for people. */
  readonly amount: string
  readonly secret: boolean
  readonly validate?: Validate | undefined
  /** What it keeps there, or of `absent` takes away. */
  readonly text?: string | Secret
  /** Of a line: the pattern of those that it replaces or removes. */
  readonly match?: string
}

/** What the edit would change. */
export interface EditState {
  readonly hasFile: boolean
  /** A unified diff's body; empty where it may not be seen. Nothing where all is as it shall be. */
  readonly differs?: string
}

/** The properties that all edits have. */
export const editEntries = {
  validate: v.optional(
    v.pipe(
      commandWords,
      v.description(
        "A command that must accept the edited file before it is put in place, e.g. `['sshd', '-t', '-f', '%s']`. It sees the file under its real name.",
      ),
    ),
  ),
}

/** Is it a line of its own? */
export const oneLine = v.pipe(v.string(), v.regex(/^[^\n\r\0]*$/, 'a single line'))

/** sh functions of {@link editFile}. */
export const editFunctions = shFile(import.meta.url, './edit.sh')

const observe = (items: readonly Item<Edit>[]): Script =>
  join(
    items.map(
      ({ name, props: { path, secret, ensure, call } }) =>
        sh`look_at_edit ${[name, path, secret || ensure === 'absent' ? '' : 'yes']} ${call}`,
    ),
  )

function parse(records: readonly Fields[]): EditState {
  const differs = records.find(([word]) => word === 'differs')
  return {
    hasFile: !records.some(([word]) => word === 'no file'),
    ...(differs === undefined
      ? {}
      : {
          differs: Buffer.from(differs[1] ?? '', 'base64')
            .toString('utf8')
            .trimEnd(),
        }),
  }
}

function diff({ path, ensure, amount, call }: Edit, is: EditState | 'absent'): readonly Change[] {
  if (is === 'absent' || is.differs === undefined) return []
  const fingerprint = call.text
  if (ensure === 'absent') return [{ action: 'remove', attribute: 'in', from: path, fingerprint }]
  if (!is.hasFile) return [{ action: 'create', attribute: 'file', to: path, text: amount, fingerprint }]
  const shown = is.differs === '' ? {} : { diff: is.differs }
  return [{ action: 'update', attribute: 'in', to: path, text: amount, ...shown, fingerprint }]
}

/** sh that puts the edited text in the file's place, with its owner and mode; `mode`: that of a file that is new. */
export const editFile = ({
  path,
  mode,
  call,
  validate,
}: Pick<Edit, 'path' | 'call' | 'validate'> & { readonly mode: string }): Script => sh`
  (
  edit_file ${[path, mode]} ${call}
  ${tryOut(path, validate)}
  sync "$hidden"
  mv -fT "$hidden" "$real"
  trap - EXIT )`

const apply = ({ props }: Item<Edit>): Script => editFile({ ...props, mode: props.secret ? '0600' : '0644' })

/**
 * The behaviour of a type that edits files. What the edit means is said once, by an sh function of `functions`: the
 * probe compares its result with the file, and a step puts it in the file's place.
 */
export function editType(name: string, functions: Script): ResourceType<Edit, EditState> {
  const all = join([editFunctions, functions])
  return {
    name,
    aside: true,
    observe,
    parse,
    diff,
    apply,
    functions: all,
    probeFunctions: [editFunctions, functions],
    needs: (_name, { path, ensure }) => (ensure === 'absent' ? [] : [{ kind: 'place', name: path, of: 'path' }]),
    // lines that go may go with their file, and others may stay there
    places: (_name, { path, ensure }) => (ensure === 'absent' ? [] : [{ path, as: 'part' }]),
    lines: (_name, props) => (props.text === undefined ? undefined : linesOf(props, name === 'line')),
  }
}

/** Classes of characters that grep knows, in JavaScript. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
}

/** A pattern of grep's in JavaScript. */
const regExp = (match: string): RegExp =>
  new RegExp(match.replace(/\[:(\w+):\]/g, (whole, name) => CLASSES[name] ?? whole).replace(/\\[<>]/g, '\\b'))

/** What an edit says of single lines of its file. */
function linesOf({ path, ensure, text = '', match = '' }: Edit, one: boolean): Lines {
  const words = text instanceof Secret ? reveal(text) : text
  const fits = match === '' ? undefined : regExp(match)
  const here = ensure === 'present'
  return {
    path,
    keeps: () => (here ? words.split('\n').filter((line) => line !== '') : []),
    ...(text instanceof Secret ? { secret: true } : {}),
    ...(one
      ? {
          // the one that it keeps itself may stand among others only if they do not mind where
          drops: (line, fixed) =>
            line === words ? !here || (fixed && fits?.test(line) === true) : fits?.test(line) === true,
          ...(here && match !== '' ? { place: match } : {}),
        }
      : { fixed: true }),
  }
}

/** Checks the file of an edit. @throws TypeError where it is no plain absolute path */
export const editPath = (type: string, name: string, path: string): string => {
  pathBelowRoot(`${type} ${JSON.stringify(name)}:`, path)
  return path
}
