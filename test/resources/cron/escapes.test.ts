import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cron } from '../../../src/resources/system/cron.ts'

const test = suite('what cron hands to sh')

/** The command that cron 3.0 of Debian makes of a line: a backslash before `%` or `\` goes, a bare `%` ends it. */
function read(text: string): string {
  let command = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '%') break
    if (text[i] === '\\') {
      if (text[i + 1] !== '%' && text[i + 1] !== '\\') command += '\\'
      i += 1
    }
    command += text[i] ?? ''
  }
  return command
}

for (const command of [
  'date +%F',
  'date +\\%F',
  "sed 's/a\\\\b/\\n/'",
  "printf '%s\\n' \\\\% \\\\\\% 50%",
  'echo a\\',
  'echo a\\\\',
])
  test(command, () => {
    const { props } = cron('c', { schedule: '@daily', command })
    assert.is(read((props as { crontab: string }).crontab.trimEnd().replace('@daily ', '')), command)
  })

test.run()
