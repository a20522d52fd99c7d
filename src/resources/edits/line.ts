import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { ensure, hostPath } from '../kit/properties.ts'
import { type Edit, editEntries, editPath, editType, oneLine } from './edit.ts'

/** Patterns that JavaScript and grep understand alike: one of the two would reject others, or match other lines. */
const pattern = v.pipe(
  oneLine,
  v.nonEmpty(),
  v.check(isPattern, 'must be an extended regular expression of POSIX, like "^#?PermitRootLogin[[:space:]]"'),
)

function isPattern(text: string): boolean {
  if (/\\[dDwWsSbB]|\(\?/.test(text)) return false
  try {
    return new RegExp(text.replace(/\[:[a-z]+:\]/g, 'a')) instanceof RegExp
  } catch {
    return false
  }
}

const properties = v.object({
  path: v.pipe(
    hostPath,
    v.description('The file. It is created if it does not exist; otherwise it keeps its owner and mode.'),
  ),
  line: v.pipe(oneLine, v.nonEmpty(), v.description('The whole line.')),
  match: v.optional(
    v.pipe(
      pattern,
      v.description(
        'An extended regular expression, as for `grep -E`: `^#?UMASK[[:space:]]`. The line replaces the first line that matches it; all other matching lines are removed.',
      ),
    ),
  ),
  after: v.optional(
    v.pipe(
      pattern,
      v.description('A new line is inserted after the last line that matches this. Default: at the end of the file.'),
    ),
  ),
  ...editEntries,
  ensure: ensure('`absent` removes the line, and all lines that match `match`.'),
})

/** sh functions of {@link editedLine}. */
export const lineFunctions: Script = join([sh`newline=${'\n'}`, shFile(import.meta.url, './line.sh')])

/** The call that prints a file with or without a line. */
export const editedLine = (line: string, match: string, after: string, ensure: 'present' | 'absent'): Script =>
  sh`edited_line ${[line, match, after, ensure === 'absent' ? 'gone' : 'there']}`

/**
 * One line in a file that others edit too: `line('umask', { path: '/etc/login.defs', line: 'UMASK 027', match:
 * '^#?UMASK[[:space:]]' })`.
 */
export const line = defineResource({
  ...editType('line', lineFunctions),
  properties,
  normalise({ path, line, match = '', after = '', validate, ensure }, name): Edit {
    editPath('line', name, path)
    return {
      path,
      ensure,
      call: editedLine(line, match, after, ensure),
      amount: '1 line',
      text: line,
      match,
      secret: false,
      validate,
    }
  },
})
