import type { Step } from '../../src/index.ts'

/** A file's content before and after the steps; undefined if they do not touch it, or it must not be read. */
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

/** The values in a file that the steps change, by name; `read` extracts them from its text. */
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

/** Parses `NAME=value` lines: a daemon's variables, or the settings of zoo.cfg. */
export const readLines = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^([A-Za-z_][\w.]*)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]))
