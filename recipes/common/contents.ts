import type { Step } from '../../src/index.ts'

/**
 * What a file holds before the steps and after them; undefined if they do not touch it, or where nobody may read it.
 */
export function contentsOf(
  steps: readonly Step[],
  path: string,
): { readonly before?: string; readonly after?: string } | undefined {
  const contents = steps.find(({ type, name }) => type === 'file' && name === path)?.contents
  return contents === undefined || contents === 'secret' ? undefined : contents
}

/** How a value changes. */
export interface Changed {
  readonly from: string | undefined
  readonly to: string | undefined
}

/** Which values of a file differ before and after the steps, by their names, where `read` finds them in its text. */
export function changedValues(
  steps: readonly Step[],
  path: string,
  read: (text: string) => ReadonlyMap<string, string>,
): ReadonlyMap<string, Changed> {
  const contents = contentsOf(steps, path)
  const [before, after] = [read(contents?.before ?? ''), read(contents?.after ?? '')]
  const names = [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name))
  return new Map(names.map((name) => [name, { from: before.get(name), to: after.get(name) }]))
}

/** `NAME=value` lines: the variables of a daemon, the settings of zoo.cfg. */
export const readLines = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^([A-Za-z_][\w.]*)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]))
