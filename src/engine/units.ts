import type { Clean } from '../model/clean.ts'
import type { Recipe } from '../model/recipe.ts'
import { fullDisksFunction } from '../shell/full-disks.ts'
import { join, sh, shFile } from '../shell/script.ts'
import type { Connection } from '../transport/transport.ts'
import { output } from './link/net.ts'
import { unitName } from './plan/decide.ts'

/** The functions of units.sh. */
export const UNIT_FUNCTIONS = shFile(import.meta.url, './units.sh')

/** A timer whose last run failed, or a disk that is full. */
export interface Fault {
  readonly name: string
  readonly says: string
}

/** What systemd knows of a host's recipes, and what the host lacks. */
export interface Units {
  /** Seconds since a recipe's unit became active, by the recipe's name; absent if it is not active. */
  readonly since: ReadonlyMap<string, number>
  /** Timers whose last run failed, even if that was before the host's reboot, and `disk` for each full file system. */
  readonly faults: readonly Fault[]
}

/** Seconds since each unit became active, in order; undefined for inactive units. Pure. */
export function activeFor(answer: string): readonly (number | undefined)[] {
  const [uptime = '', ...rest] = answer.split('\n')
  return rest
    .join('\n')
    .split('\n\n')
    .map((text) => {
      const since = /^ActiveEnterTimestampMonotonic=(\d+)$/m.exec(text)?.[1]
      return since === undefined || !/^ActiveState=(active|reloading|refreshing)$/m.test(text)
        ? undefined
        : Math.max(0, Math.floor(Number.parseFloat(uptime) - Number(since) / 1e6))
    })
}

const FAULT = /^(timer|full)\t([^\t\n]*)\t(.*)\n?/gm

/** A fault, from the three words of its line. */
function faultOf(kind: string, name: string, words: string): Fault {
  if (kind === 'full') return { name: 'disk', says: `the file system at ${name} ${words}` }
  return { name, says: `its last run failed${words === '' ? '' : `: ${words}`}` }
}

/** Asks about the units and timers of these recipes, and about disks, in one go. No answer counts as none. */
export async function askUnits(connection: Connection, recipes: readonly Recipe[], clean: Clean): Promise<Units> {
  const shown = recipes.filter(({ health, unit }) => health !== undefined && unit !== undefined)
  const units = shown.flatMap(({ unit }) => (unit === undefined ? [] : [unitName(unit)]))
  const timers = [...new Set(recipes.flatMap((recipe) => recipe.timers ?? []))]
  const ask = join([
    fullDisksFunction,
    UNIT_FUNCTIONS,
    sh`full_disks | sed ${'s/^/full\t/'}; is_systemd || exit 0; failed_timers ${timers}; unit_times ${units}`,
  ])
  const said = await output(connection, ask).catch(() => '')
  const times = activeFor(said.replace(FAULT, ''))
  return {
    since: new Map(shown.flatMap(({ name }, i) => (times[i] === undefined ? [] : [[name, times[i]] as const]))),
    faults: [...said.matchAll(FAULT)].map(([, kind = '', name = '', words = '']) =>
      faultOf(kind, clean(name), clean(words).slice(0, 200)),
    ),
  }
}
