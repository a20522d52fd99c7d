/** Variables, in the order of the file. */
export type Variables = readonly (readonly [name: string, value: string | number | boolean])[]

const HEAD = '# Written by provision'

/** A value for a systemd EnvironmentFile: plain if possible, otherwise in double quotes (systemd.exec(5)). */
export const quoted = (value: string): string =>
  /^[\w@%+:=,./;*()<>|~{}[\]-]*$/.test(value) ? value : `"${value.replace(/[\\"`$]/g, '\\$&')}"`

/** A file from which systemd reads variables. @throws TypeError for a multi-line value */
export function environmentFile(recipe: string, variables: Variables): string {
  const all = variables.map(([name, value]) => {
    if (/[\n\r\0]/.test(String(value))) throw new TypeError(`${name}: its value has more than one line`)
    return `${name}=${quoted(String(value))}\n`
  })
  return `${HEAD} (recipe ${recipe}). What is changed here by hand is overwritten.\n${all.join('')}`
}
