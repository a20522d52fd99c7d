import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Item } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { normaliseFile } from '../files/file.ts'
import { type OwnFile, ownFileType } from '../files/own-file.ts'
import { nameOf } from '../kit/mode.ts'
import { ensure } from '../kit/properties.ts'
import { scheduleFault } from './cron-schedule.ts'

const LINE = /^[^\n\r\0]*$/
const SCHEDULE =
  /^(@(reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)|[\d*][\d*,/-]*( [\d*a-z][\d*a-z,/-]*){4})$/i

const properties = v.object({
  schedule: v.optional(
    v.pipe(
      v.string(),
      v.regex(SCHEDULE, 'a schedule of five fields like "30 3 * * 1-5", or a word like "@daily"'),
      v.description(
        'The schedule, as in `crontab(5)`: minute, hour, day of the month, month, day of the week (`30 3 * * 1-5`), or `@daily`, `@reboot`….',
      ),
    ),
  ),
  command: v.optional(
    v.pipe(
      v.string(),
      v.nonEmpty(),
      v.regex(LINE, 'a single line'),
      v.description('One line of sh. A `%` has no special meaning.'),
    ),
  ),
  user: v.optional(v.pipe(nameOf('user'), v.description('The user that runs it.')), 'root'),
  environment: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/, 'the name of a variable')),
        v.pipe(v.string(), v.regex(/^[^\n\r\0"]*$/, 'a single line without quotes')),
      ),
      v.description(
        'Environment variables for the command and for cron itself (`MAILTO`, `PATH`). Those in /etc/crontab do not apply.',
      ),
    ),
    {},
  ),
  ensure: ensure('`absent` removes it.'),
})

interface CronProps extends OwnFile {
  readonly user: string
  /** The same lines in the format of a user's crontab, which cron's own parser can check. */
  readonly crontab: string
}

const type = ownFileType<CronProps>('cron')

function apply(item: Item<CronProps>): Script {
  const { name, props } = item
  const put = type.apply(item)
  if (props.file.props.ensure === 'absent') return put
  return join([
    sh`
      command -v crontab >/dev/null || { echo ${`cron ${name}: there is no cron on this host; list package cron before it, or make it a timer`} >&2; exit 1; }
      getent passwd ${props.user} >/dev/null || { echo ${`cron ${name}: there is no user ${props.user}`} >&2; exit 1; }
      said=$(printf %s ${props.crontab} | crontab -n - 2>&1) || { echo ${`cron ${name}: cron does not take it:`} "$said" >&2; exit 1; }
      mkdir -p /etc/cron.d`,
    put,
  ])
}

/**
 * A command that cron runs: `cron('backup', { schedule: '30 3 * * *', command: '/usr/local/bin/backup' })`. It is
 * written to /etc/cron.d. A `timer` does not need cron, and logs to the journal.
 */
export const cron = defineResource({
  ...type,
  properties,
  normalise({ schedule, command, user, environment, ensure }, name, wrong): CronProps {
    // cron silently ignores files with other names
    if (!/^[A-Za-z0-9_-]+$/.test(name)) wrong('a name consists of letters, digits, "_" and "-"; cron ignores others')
    const what = `cron ${JSON.stringify(name)}`
    const path = `/etc/cron.d/${name}`
    if (ensure === 'absent') return { file: { name: path, props: normaliseFile({ ensure }, what) }, user, crontab: '' }
    if (schedule === undefined || command === undefined) return wrong("give schedule and command, or ensure: 'absent'")
    const fault = scheduleFault(schedule)
    if (fault !== undefined) wrong(`schedule: ${fault}`)
    const set = Object.entries(environment).map(([key, value]) => `${key}="${value}"\n`)
    // cron takes the backslash away before a percent sign and before another backslash
    const text = command.replace(/[\\%]/g, '\\$&')
    return {
      file: { name: path, props: normaliseFile({ content: [...set, `${schedule} ${user} ${text}\n`].join('') }, what) },
      user,
      crontab: [...set, `${schedule} ${text}\n`].join(''),
    }
  },
  apply,
  needs: (_name, { user, crontab }) =>
    crontab === ''
      ? []
      : [
          { kind: 'program', name: 'crontab', from: 'package cron' },
          ...(user === 'root' ? [] : [{ kind: 'user', name: user, of: 'user' } as const]),
        ],
})
