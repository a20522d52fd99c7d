import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Item } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { normaliseFile } from '../files/file.ts'
import { nameOf } from '../kit/mode.ts'
import { ensure } from '../kit/properties.ts'
import { serviceProps } from './service-properties.ts'
import { understood } from './understood.ts'
import { type UnitSet, unitSetType } from './unit-set.ts'

const LINE = /^[^\n\r\0]*$/
const line = () => v.pipe(v.string(), v.regex(LINE, 'a single line'))
const some = () => v.pipe(line(), v.nonEmpty())

const properties = v.object({
  onCalendar: v.optional(
    v.pipe(
      v.union([some(), v.array(some())]),
      v.description(
        'The schedule, in the syntax of `systemd.time(7)`: `daily`, `*-*-* 03:00:00`, `Mon 04:00`, or a list of several.',
      ),
    ),
    [],
  ),
  command: v.optional(
    v.pipe(
      v.array(line()),
      v.description('The absolute path of a program, and its arguments. No shell interprets them.'),
    ),
    [],
  ),
  user: v.optional(v.pipe(nameOf('user'), v.description('The user that runs it. Default: root.'))),
  description: v.optional(
    v.pipe(
      line(),
      v.regex(/(^|[^\\])$/, ({ received }) => `must not end with a backslash, not ${received}`),
      v.description("The description that `systemctl` shows. Default: the timer's name."),
    ),
  ),
  persistent: v.optional(
    v.pipe(v.boolean(), v.description('Run at once if the last run was missed because the host was down.')),
    true,
  ),
  randomizedDelay: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description('Delay each start by a random time of up to this many seconds.'),
    ),
  ),
  ensure: ensure('`absent` stops the timer and removes its two units.'),
})

/** One word of ExecStart, with everything escaped that systemd would expand. */
const execWord = (word: string): string =>
  `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`

const unitText = (sections: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(sections)
    .map(([name, lines]) => `[${name}]\n${lines.map((line) => `${line}\n`).join('')}`)
    .join('\n')

type Given = v.InferOutput<typeof properties>

/** The texts of a timer's two units, by name. */
function texts(name: string, given: Given, times: readonly string[]): Readonly<Record<string, string>> {
  const { command, user, description = name, persistent, randomizedDelay } = given
  const about = `Description=${description.replaceAll('%', '%%')}`
  // the timer comes first: if systemd rejects its schedule, nothing has been written
  return {
    [`${name}.timer`]: unitText({
      Unit: [about],
      Timer: [
        ...times.map((time) => `OnCalendar=${time}`),
        `Persistent=${persistent}`,
        ...(randomizedDelay === undefined ? [] : [`RandomizedDelaySec=${randomizedDelay}`]),
      ],
      Install: ['WantedBy=timers.target'],
    }),
    [`${name}.service`]: unitText({
      Unit: [about],
      Service: [
        'Type=oneshot',
        ...(user === undefined ? [] : [`User=${user}`]),
        `ExecStart=${command.map(execWord).join(' ')}`,
      ],
    }),
  }
}

/** sh that warns of times that have no next one. */
const foresee = (items: readonly Item<UnitSet>[]): Script =>
  join(
    items.flatMap(({ name, props: { times = [] } }) =>
      times.map((time) => {
        const says = `${JSON.stringify(time)} never comes: its dates are past, or do not exist`
        return sh`! systemd-analyze calendar ${time} 2>/dev/null | grep -q 'Next elapse: never$' || printf '!\t%s\t%s\n' ${name} ${says}`
      }),
    ),
  )

/**
 * A command that systemd runs on a schedule: `timer('purge', { onCalendar: 'daily', command:
 * ['/usr/local/bin/purge'] })`.
 */
export const timer = defineResource({
  ...unitSetType('timer'),
  foresee,
  properties,
  normalise(given, name, wrong): UnitSet {
    if (!/^[\w:][\w:.-]*$/.test(name) || /\.(timer|service)$/.test(name)) wrong('write a plain name like "purge"')
    const times = [given.onCalendar].flat()
    if (given.ensure === 'present') {
      if (times.length === 0) wrong('give onCalendar, the times when it runs')
      if (given.command[0]?.startsWith('/') !== true) wrong("command starts with a program's absolute path")
    }
    const { ensure, command } = given
    const [program] = command
    return {
      units: Object.entries(texts(name, given, times)).map(([unit, content]) => ({
        name: unit,
        props: normaliseFile(
          ensure === 'absent' ? { ensure } : { content, validate: understood(unit, content) },
          `timer ${JSON.stringify(name)}`,
        ),
      })),
      service: { name: `${name}.timer`, props: serviceProps({ ensure }, wrong) },
      ...(ensure === 'absent' ? {} : { times }),
      ...(given.user === undefined || ensure === 'absent' ? {} : { user: given.user }),
      ...(ensure === 'absent' || program === undefined ? {} : { program }),
    }
  },
})
