/** Variables, in the order in which they are written. */
export type Variables = readonly (readonly [name: string, value: string | number | boolean])[]

const HEAD = '# Written by provision'

/** One value for an EnvironmentFile of systemd: plain where it can be, else in double quotes (systemd.exec(5)). */
export const quoted = (value: string): string =>
  /^[\w@%+:=,./;*()<>|~{}[\]-]*$/.test(value) ? value : `"${value.replace(/[\\"`$]/g, '\\$&')}"`

/** A file that systemd reads variables from. @throws TypeError for a value of several lines */
export function environmentFile(recipe: string, variables: Variables): string {
  const all = variables.map(([name, value]) => {
    if (/[\n\r\0]/.test(String(value))) throw new TypeError(`${name}: its value is more than one line`)
    return `${name}=${quoted(String(value))}\n`
  })
  return `${HEAD} (recipe ${recipe}). What is changed here by hand is overwritten.\n${all.join('')}`
}

/** The variables by their names, read from such a file (quotes and all), for comparing two of them. */
const readVariables = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^([A-Za-z_]\w*)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))

/** What a unified diff of such a file changes: before and after, by name. */
export function changedVariables(
  diff: string,
): ReadonlyMap<string, { readonly from: string | undefined; readonly to: string | undefined }> {
  const side = (sign: '-' | '+') =>
    readVariables(
      diff
        .split('\n')
        .filter((line) => line.startsWith(sign))
        .map((line) => line.slice(1))
        .join('\n'),
    )
  const [before, after] = [side('-'), side('+')]
  return new Map([...new Set([...before.keys(), ...after.keys()])].map((name) => [name, { from: before.get(name), to: after.get(name) }]))
}
