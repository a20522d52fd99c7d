const TYPES = 'service|timer|socket|mount|automount|path|target|slice|swap'

/** systemd's limit. */
const LONGEST = 255

/** The folder for administrators' units. */
export const UNIT_DIR = '/etc/systemd/system'

/**
 * A unit's name, escaped as systemd requires, with its type. `systemctl` would read a leading dash as an option, so
 * only the root's units may have one: `-.mount`.
 */
export const isUnitName = (name: string): boolean =>
  name.length <= LONGEST && new RegExp(`^(?!-[^.])[\\w:.@\\\\-]+\\.(${TYPES})$`).test(name)

/** The drop-in directory of a unit, of all units of a type, or of all units with a prefix. */
export const isDropInDirectory = (name: string): boolean =>
  new RegExp(`^([\\w:.@\\\\-]+\\.)?(${TYPES})\\.d$`).test(name)

/** The path of a unit file or drop-in. */
export const unitPath = (name: string): string => `${UNIT_DIR}/${name}`

/** The unit of a service: `zookeeper` is `zookeeper.service`, `x.timer` is itself. */
export const serviceUnit = (name: string): string => (isUnitName(name) ? name : `${name}.service`)
