import type { Net } from '../../../model/health.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'

/**
 * sh function `unit_words UNIT MOST [SINCE [OLD]]`: prints at most so many lines that tell why a unit failed. Of its
 * tries (systemd numbers each start of it), neither `OLD`, the one before, nor the one that is still under way where
 * there are others; of a try, the lines of its own process rather than those of helpers that cleaned up before or after
 * it; of those, the ones that speak of an error, then the last ones.
 */
export const unitWords: Script = shFile(import.meta.url, './last-words.sh')

const shortened = (line: string): string => (line.length > 200 ? `${line.slice(0, 200)}…` : line)

/**
 * Does systemd call a unit active, and which one line tells best why it does not serve? Nothing where there is none.
 */
export async function unitState(net: Net, unit: string): Promise<{ readonly active: boolean; readonly words: string }> {
  const script = join([unitWords, sh`systemctl is-active ${unit} || :`, sh`unit_words ${unit} 1`])
  const [state = '', words = ''] = (await net.read(script).catch(() => '')).split('\n')
  return { active: state === 'active', words: shortened(words.trim()) }
}

/** The one line that tells best why a unit is down, as the end of a sentence; nothing where there is none. */
export async function lastWords(net: Net, unit: string): Promise<string> {
  const line = (await net.read(join([unitWords, sh`unit_words ${unit} 1`])).catch(() => '')).trim()
  return line === '' ? '' : `; its last words: ${shortened(line)}`
}
