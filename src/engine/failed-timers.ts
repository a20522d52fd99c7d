import type { Clean } from '../model/clean.ts'
import type { Recipe } from '../model/recipe.ts'
import { type Script, sh } from '../shell/script.ts'
import type { Connection } from '../transport/transport.ts'
import { output } from './link/net.ts'

/** sh that prints a line for each timer whose last run failed: its name, a tab, and the last line of its output. */
const failedOf = (timers: readonly string[]): Script => sh`
  [ ! -d /run/systemd/system ] || for timer in ${timers}; do
    unit=$timer.service
    # one that was removed may still be known as failed
    [ "$(systemctl show -p LoadState -p ActiveState --value "$unit" | paste -sd ' ')" = 'loaded failed' ] || continue
    run=$(systemctl show -p InvocationID --value "$unit")
    printf '%s\t%s\n' "$timer" "$(journalctl -q --no-pager -o cat -n 1 "_SYSTEMD_INVOCATION_ID=$run" 2>/dev/null)"
  done`

/** A timer whose last run failed. */
export interface FailedTimer {
  readonly name: string
  readonly says: string
}

/** The timers of these recipes whose last run failed. No answer counts as none. */
export async function failedTimers(
  connection: Connection,
  recipes: readonly Recipe[],
  clean: Clean,
): Promise<readonly FailedTimer[]> {
  const timers = [...new Set(recipes.flatMap((recipe) => recipe.timers ?? []))]
  if (timers.length === 0) return []
  const lines = (await output(connection, failedOf(timers)).catch(() => '')).split('\n').filter(Boolean)
  return lines.map((line) => {
    const [name = '', words = ''] = clean(line).split('\t')
    return { name, says: `its last run failed${words === '' ? '' : `: ${words.slice(0, 200)}`}` }
  })
}
