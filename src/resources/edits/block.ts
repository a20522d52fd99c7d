import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Refusal } from '../../model/resource.ts'
import { sh, shFile } from '../../shell/script.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import { ensure, hostPath } from '../kit/properties.ts'
import { lines } from '../kit/text-diff.ts'
import { type Edit, type EditState, editChanges, editEntries, editPath, editType, oneLine } from './edit.ts'

const properties = v.object({
  path: v.pipe(
    hostPath,
    v.description('The file. It is created if it does not exist; otherwise it keeps its owner and mode.'),
  ),
  content: v.optional(
    v.pipe(
      v.union([v.string(), v.instance(Secret)], ({ received }) => `must be text or a Secret, not ${received}`),
      v.description("The lines of the block; `''` leaves only the two comments."),
    ),
  ),
  comment: v.optional(
    v.pipe(
      oneLine,
      v.nonEmpty(),
      v.regex(/^(?!<!--|<%|\/\*|\(\*|\{[#%-]|--\[)/, 'the start of a comment that ends with its line'),
      v.description('What starts a comment in this file. The lines that mark the block begin with it.'),
    ),
    '#',
  ),
  at: v.optional(
    v.pipe(v.picklist(['start', 'end']), v.description('Where a new block goes. An existing block stays where it is.')),
    'end',
  ),
  ...editEntries,
  ensure: ensure('`absent` removes the block and keeps the rest.'),
})

/** The text with a final line break, unless it is empty. */
const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

/** Would block.sh take that line for a mark of the block? */
function isMark(line: string, name: string, comment: string): boolean {
  const [, before = '', of] = /^(.*) provision: (?:begin|end) (.*)$/.exec(line.trim()) ?? []
  return of === name.trim() && (before === comment.trim() || /^\S+$/.test(before))
}

function diff(edit: Edit, is: EditState | 'absent'): readonly Change[] | Refusal {
  const changes = editChanges(edit, is)
  if (is === 'absent' || is.unclear !== true) return changes
  const byHand = 'Remove those lines and the other mark by hand'
  return {
    refusal: 'block-marks',
    reason: `In ${edit.path}, a line that marks the start or end of the block has gone, so nobody can tell which lines are the block's.`,
    remedy:
      edit.ensure === 'absent'
        ? `${byHand}.`
        : `${byHand}, and the block is written anew; or allow them to stay, as lines of the file.`,
    changes,
  }
}

/**
 * A block of lines in a file that others edit too, between two comments that name the block: `block('tuning', { path:
 * '/etc/postgresql/main.conf', content: 'max_connections = 200\n' })`. The rest of the file is kept.
 */
export const block = defineResource({
  ...editType('block', shFile(import.meta.url, './block.sh')),
  properties,
  diff,
  normalise({ path, content, comment, at, validate, ensure }, name, wrong): Edit {
    editPath('block', name, path)
    if (ensure === 'present' && content === undefined) wrong("give its content, or ensure: 'absent'")
    const secret = content instanceof Secret
    const text = ended(secret ? reveal(content) : (content ?? ''))
    if (text.includes('\0')) wrong('content contains a NUL byte')
    const marks = ['begin', 'end'].map((word) => `${comment} provision: ${word} ${name}`.trim())
    if (text.split('\n').some((line) => isMark(line, name, comment))) wrong("content contains the block's own markers")
    const word = secret ? new Secret(text) : text
    return {
      path,
      ensure,
      call: sh`edited_block ${[...marks, ensure === 'absent' ? 'gone' : at, ensure === 'absent' ? '' : word]}`,
      amount: secret ? 'secret' : lines(text),
      text: word,
      secret,
      validate: ensure === 'absent' ? undefined : validate,
    }
  },
})
