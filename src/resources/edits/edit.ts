import * as v from 'valibot'
import type { Change, Fields, Item, Lines, ResourceType } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import type { Validate } from '../kit/accepts.ts'
import { pathBelowRoot } from '../kit/path.ts'
import { commandWords } from '../kit/properties.ts'
import { tryOut } from '../kit/put.ts'
import { foreseeRead } from '../kit/readers.ts'

/** Some lines of a file that others edit, too. */
export interface Edit {
  readonly path: string
  readonly ensure: 'present' | 'absent'
  /** The call of an sh function that prints the edited text of a file. The file is appended as its last argument. */
  readonly call: Script
  /** How much text the edit keeps there, for users. */
  readonly amount: string
  readonly secret: boolean
  readonly validate?: Validate | undefined
  /** The text that the edit keeps there, or removes if `absent`. */
  readonly text?: string | Secret
  /** For a line: the pattern of the lines that it replaces or removes. */
  readonly match?: string
  /** What the edit says about single lines, if it is not by their text alone. */
  readonly lines?: Lines
}

/** What the edit would change. */
export interface EditState {
  readonly hasFile: boolean
  /** The body of a unified diff; empty if it must not be shown. Undefined if nothing differs. */
  readonly differs?: string
  /** It cannot be told which lines the edit is to replace. */
  readonly unclear?: true
}

/** The properties that all edits share. */
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

/** A text without line breaks. */
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

/** What `look_at_edit` answers. */
export function parseEdit(records: readonly Fields[]): EditState {
  const differs = records.find(([word]) => word === 'differs')
  return {
    hasFile: !records.some(([word]) => word === 'no file'),
    ...(records.some(([word]) => word === 'unclear') ? { unclear: true } : {}),
    ...(differs === undefined
      ? {}
      : {
          differs: Buffer.from(differs[1] ?? '', 'base64')
            .toString('utf8')
            .trimEnd(),
        }),
  }
}

/** The change of a file that is there, with its diff where that may be shown; none if nothing differs. */
export const updateIn = (path: string, { differs }: EditState): readonly Change[] =>
  differs === undefined
    ? []
    : [{ action: 'update', attribute: 'in', to: path, ...(differs === '' ? {} : { diff: differs }) }]

/** What an edit changes. */
export function editChanges({ path, ensure, amount, call }: Edit, is: EditState | 'absent'): readonly Change[] {
  if (is === 'absent' || is.differs === undefined) return []
  const fingerprint = call.text
  if (ensure === 'absent') return [{ action: 'remove', attribute: 'in', from: path, fingerprint }]
  if (!is.hasFile) return [{ action: 'create', attribute: 'file', to: path, text: amount, fingerprint }]
  return updateIn(path, is).map((change) => ({ ...change, text: amount, fingerprint }))
}

/** sh that replaces the file with the edited text, keeping owner and mode; `mode` is for a new file. */
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
 * The behaviour of a type that edits files. Only an sh function in `functions` knows what the edit means: the probe
 * compares its output with the file, and a step replaces the file with it.
 */
export function editType(name: string, functions: Script): ResourceType<Edit, EditState> {
  const all = join([editFunctions, functions])
  return {
    name,
    aside: true,
    observe,
    parse: parseEdit,
    diff: editChanges,
    apply,
    functions: all,
    probeFunctions: [editFunctions, functions],
    foresee: (items, steps) =>
      foreseeRead(
        items.flatMap(({ name, props: { ensure, path, text, secret } }) =>
          ensure === 'absent' ? [] : [{ name, path, text: secret || typeof text !== 'string' ? undefined : text }],
        ),
        steps,
      ),
    needs: (_name, { path, ensure }) => (ensure === 'absent' ? [] : [{ kind: 'place', name: path, of: 'path' }]),
    // lines may be absent because the whole file is, and other lines may stay
    places: (_name, { path, ensure }) => (ensure === 'absent' ? [] : [{ path, as: 'part' }]),
    lines: (_name, props) => props.lines ?? (props.text === undefined ? undefined : linesOf(props, name === 'line')),
  }
}

/** Character classes of grep, in JavaScript. */
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

/** Converts a grep pattern to JavaScript. */
const regExp = (match: string): RegExp =>
  new RegExp(match.replace(/\[:(\w+):\]/g, (whole, name) => CLASSES[name] ?? whole).replace(/\\[<>]/g, '\\b'))

/** What an edit says about single lines of its file. */
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
          // another edit may keep this line, too, but not at a place of its own
          drops: (line, fixed) =>
            line === words ? !here || (fixed && fits?.test(line) === true) : fits?.test(line) === true,
          ...(here && match !== '' ? { place: match } : {}),
        }
      : { fixed: true }),
  }
}

/** Checks the path of an edited file. @throws TypeError unless it is plain and absolute */
export const editPath = (type: string, name: string, path: string): string => {
  pathBelowRoot(`${type} ${JSON.stringify(name)}:`, path)
  return path
}
