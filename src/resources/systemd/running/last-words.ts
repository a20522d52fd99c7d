import type { Net } from '../../../model/health.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'

/**
 * sh function `unit_words UNIT MOST [SINCE [OLD]]`: prints at most MOST lines that explain why a unit failed. systemd
 * numbers each start of a unit: this skips the try `OLD`, and the try in progress if there are others. Within a try it
 * prefers lines of the main process to those of helpers before or after it; among those, lines that mention an error,
 * then the last ones.
 */
export const unitWords: Script = shFile(import.meta.url, './last-words.sh')

const shortened = (line: string): string => (line.length > 200 ? `${line.slice(0, 200)}…` : line)

/** The state of a unit that does not serve, according to systemd and its own output. */
export interface UnitState {
  /**
   * `stopped` if it was stopped or never started, `stopping` if somebody is stopping it; else systemd's word:
   * `activating`, `failed`.
   */
  readonly state: string
  /** The line that best explains why it does not serve; empty if there is none, or if somebody stopped it. */
  readonly words: string
}

const STOPPED: Readonly<Record<string, string>> = {
  stopped: '; its unit was stopped, or never started',
  stopping: '; its unit is being stopped',
}

/** Asks the host for a unit's state. */
export async function unitState(net: Net, unit: string): Promise<UnitState> {
  const script = join([unitWords, sh`unit_state ${unit}`, sh`unit_words ${unit} 1`])
  const [state = '', words = ''] = (await net.read(script).catch(() => '')).split('\n')
  return { state, words: state in STOPPED ? '' : shortened(words.trim()) }
}

/** Is a unit down because somebody stopped it? */
export const isStopped = ({ state }: UnitState): boolean => state in STOPPED

/** Why a unit is down, as the end of a sentence. */
export const whyDown = ({ state, words }: UnitState): string =>
  STOPPED[state] ?? (words === '' ? '' : `; its last words: ${words}`)

/** Asks why a unit is down; returns the end of a sentence, or nothing if the reason is unknown. */
export const lastWords = async (net: Net, unit: string): Promise<string> => whyDown(await unitState(net, unit))
