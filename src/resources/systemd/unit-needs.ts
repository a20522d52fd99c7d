import type { Need } from '../../model/resource.ts'

/** A program in ExecStart, after the prefixes that say how systemd runs it; with `-`, it may fail. */
const PROGRAM = /^[@:+!|]*(\/[^\s"'%$\\]+)(\s|$)/
const KEYS: Readonly<Record<string, Need['kind']>> = {
  User: 'user',
  Group: 'group',
  SupplementaryGroups: 'group',
  WorkingDirectory: 'directory',
  EnvironmentFile: 'path',
  ExecStartPre: 'program',
  ExecStart: 'program',
}

/** What a unit's text requires on the host when the unit starts; leaves out values that systemd would expand. */
export function unitNeeds(text: string): readonly Need[] {
  // systemd creates the user, or the unit has another root directory
  if (/^(DynamicUser=\s*(yes|true|1|on)|RootDirectory=|RootImage=)/m.test(text)) return []
  const makes = /^(Runtime|State|Cache|Logs|Configuration)Directory=/m.test(text)
  const lines = text.replace(/\\\n/g, ' ').matchAll(/^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/gm)
  return [...lines].flatMap(([, key = '', value = '']): readonly Need[] => {
    const kind = KEYS[key]
    if (kind === undefined || (makes && kind === 'directory')) return []
    const need = (name: string): Need => ({ kind, name, of: `${key}= in the unit`, planned: true, later: true })
    if (kind === 'program')
      return [PROGRAM.exec(value)?.[1]].flatMap((name) => (name === undefined ? [] : [need(name)]))
    if (kind === 'user' || kind === 'group')
      return value.split(/\s+/).flatMap((name) => (/^[a-z_][\w.-]*$/i.test(name) ? [need(name)] : []))
    return /^\/[^*?[\]%\s"'\\]*$/.test(value) ? [need(value)] : []
  })
}
