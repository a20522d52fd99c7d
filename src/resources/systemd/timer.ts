import { defineByHand } from '../../model/define-resource.ts'
import { normaliseFile } from '../files/file.ts'
import { normaliseService } from './service.ts'
import { type UnitSet, type UnitSetState, unitSetType } from './unit-set.ts'

/** What a recipe writes about a timer. */
export interface TimerInput {
  /** When, as `systemd.time(7)` says it: `daily`, `*-*-* 03:00:00`, `Mon 04:00`; several where a list. */
  readonly onCalendar?: string | readonly string[]
  /** A program's absolute path and its arguments. No shell looks at them. */
  readonly command?: readonly string[]
  /** Who runs it; default root. */
  readonly user?: string
  readonly description?: string
  /** Run at once when the last time was missed because the host was down; default yes. */
  readonly persistent?: boolean
  /** Spread the start over so many seconds. */
  readonly randomizedDelay?: number
  readonly ensure?: 'present' | 'absent'
}

/** One word of ExecStart, with everything that systemd would expand made plain. */
const execWord = (word: string): string => `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`

const unitText = (sections: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(sections)
    .map(([name, lines]) => `[${name}]\n${lines.map((line) => `${line}\n`).join('')}`)
    .join('\n')

/** A command that systemd runs at certain times: `timer('purge', { onCalendar: 'daily', command: ['/usr/local/bin/purge'] })`. */
export const timer = defineByHand<TimerInput, UnitSet, UnitSetState>(
  unitSetType('timer'),
  (input, name) => {
    const { onCalendar = [], command = [], user, description = name, persistent = true, randomizedDelay, ensure = 'present' } = input
    const what = `timer ${JSON.stringify(name)}`
    if (!/^[\w:-][\w:.-]*$/.test(name) || /\.(timer|service)$/.test(name)) throw new TypeError(`${what}: write a plain name like "purge"`)
    const times = [onCalendar].flat()
    if (ensure === 'present') {
      if (times.length === 0) throw new TypeError(`${what}: say onCalendar, when it runs`)
      if (command[0]?.startsWith('/') !== true) throw new TypeError(`${what}: command starts with a program's absolute path`)
    }
    if ([description, user ?? '', ...times, ...command].some((text) => /[\n\r\0]/.test(text)))
      throw new TypeError(`${what}: holds a line break`)
    const about = `Description=${description.replaceAll('%', '%%')}`
    const units = {
      [`${name}.service`]: unitText({
        Unit: [about],
        Service: ['Type=oneshot', ...(user === undefined ? [] : [`User=${user}`]), `ExecStart=${command.map(execWord).join(' ')}`],
      }),
      [`${name}.timer`]: unitText({
        Unit: [about],
        Timer: [
          ...times.map((time) => `OnCalendar=${time}`),
          `Persistent=${persistent}`,
          ...(randomizedDelay === undefined ? [] : [`RandomizedDelaySec=${randomizedDelay}`]),
        ],
        Install: ['WantedBy=timers.target'],
      }),
    }
    return {
      units: Object.entries(units).map(([unit, content]) => ({
        name: unit,
        props: normaliseFile(ensure === 'absent' ? { ensure } : { content }, what),
      })),
      service: { name: `${name}.timer`, props: normaliseService({ ensure }, `${name}.timer`) },
    }
  },
  { onCalendar: true, command: true, user: true, description: true, persistent: true, randomizedDelay: true, ensure: true },
)
