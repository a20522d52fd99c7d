import { styleText } from 'node:util'
import type { Outcome } from '../../engine/events.ts'
import type { Look } from './text.ts'

/** A colour or weight, by its name in `util.styleText`. */
export type Style = Parameters<typeof styleText>[0]

/**
 * Colours text if `look` has colour and there is a style. Apply it last: coloured text must not be measured, cut or
 * cleaned.
 */
export const paint = (style: Style | undefined, text: string, look: Pick<Look, 'colour'>): string =>
  look.colour && style !== undefined && text !== '' ? styleText(style, text, { validateStream: false }) : text

/** The word for an outcome. */
export const outcomeWord = (outcome: Outcome): string => (outcome === 'in-sync' ? 'in sync' : outcome)

/** The style of an outcome. */
export const outcomeStyle: Readonly<Record<Outcome, Style>> = {
  'in-sync': 'green',
  changed: 'yellow',
  planned: 'yellow',
  refused: 'magenta',
  blocked: 'magenta',
  unreachable: 'red',
  failed: 'red',
}

/** Did the run achieve its goal on a host? */
export const isWell = (outcome: Outcome): boolean =>
  outcome === 'in-sync' || outcome === 'changed' || outcome === 'planned'
