import type { Clean } from '../model/clean.ts'
import type { Recipe } from '../model/recipe.ts'
import { join, sh, shFile } from '../shell/script.ts'
import type { Connection } from '../transport/transport.ts'
import { output } from './link/net.ts'
import { unitName } from './plan/decide.ts'

/** The functions of units.sh. */
export const UNIT_FUNCTIONS = shFile(import.meta.url, './units.sh')

/** A timer whose last run failed. */
export interface FailedTimer {
  readonly name: string
  readonly says: string
}

/** What systemd knows of a host's recipes. */
export interface Units {
  /** Seconds since a recipe's unit became active, by the recipe's name; absent if it is not active. */
  readonly since: ReadonlyMap<string, number>
  /** Timers whose last run failed, even if that was before the host's reboot. */
  readonly failed: readonly FailedTimer[]
}

const NONE: Units = { since: new Map(), failed: [] }

/** Seconds since each unit became active, in order; undefined for inactive units. Pure. */
export function activeFor(answer: string): readonly (number | undefined)[] {
  const [uptime = '', ...rest] = answer.split('\n')
  return rest
    .join('\n')
    .split('\n\n')
    .map((text) => {
      const since = /^ActiveEnterTimestampMonotonic=(\d+)$/m.exec(text)?.[1]
      return since === undefined || !/^ActiveState=active$/m.test(text)
        ? undefined
        : Math.max(0, Math.floor(Number.parseFloat(uptime) - Number(since) / 1e6))
    })
}

const TIMER = /^timer\t([^\t\n]*)\t(.*)\n?/gm

/** Asks systemd about the units and timers of these recipes, in one go. No answer counts as none. */
export async function askUnits(connection: Connection, recipes: readonly Recipe[], clean: Clean): Promise<Units> {
  const shown = recipes.filter(({ health, unit }) => health !== undefined && unit !== undefined)
  const units = shown.flatMap(({ unit }) => (unit === undefined ? [] : [unitName(unit)]))
  const timers = [...new Set(recipes.flatMap((recipe) => recipe.timers ?? []))]
  if (units.length + timers.length === 0) return NONE
  const ask = join([UNIT_FUNCTIONS, sh`is_systemd || exit 0; failed_timers ${timers}; unit_times ${units}`])
  const said = await output(connection, ask).catch(() => '')
  const times = activeFor(said.replace(TIMER, ''))
  return {
    since: new Map(shown.flatMap(({ name }, i) => (times[i] === undefined ? [] : [[name, times[i]] as const]))),
    failed: [...said.matchAll(TIMER)].map(([, name = '', words = '']) => {
      const says = clean(words).slice(0, 200)
      return { name: clean(name), says: `its last run failed${says === '' ? '' : `: ${says}`}` }
    }),
  }
}
