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

/** How a unit is that does not serve, by systemd and by what it said. */
export interface UnitState {
  /** `stopped` where it was stopped or never started; else what systemd calls it: `activating`, `failed`. */
  readonly state: string
  /** The one line that tells best why it does not serve; empty where there is none. */
  readonly words: string
}

/** Asks the host how a unit is. */
export async function unitState(net: Net, unit: string): Promise<UnitState> {
  const script = join([unitWords, sh`unit_state ${unit}`, sh`unit_words ${unit} 1`])
  const [state = '', words = ''] = (await net.read(script).catch(() => '')).split('\n')
  return { state, words: shortened(words.trim()) }
}

/** Why a unit is down, as the end of a sentence. What one that was stopped said last is no reason. */
export function whyDown({ state, words }: UnitState): string {
  if (state === 'stopped') return '; its unit was stopped, or never started'
  return words === '' ? '' : `; its last words: ${words}`
}

/** Asks why a unit is down; the end of a sentence, or nothing where that is not known. */
export const lastWords = async (net: Net, unit: string): Promise<string> => whyDown(await unitState(net, unit))
