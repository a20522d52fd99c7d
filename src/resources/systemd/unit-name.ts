const TYPES = 'service|timer|socket|mount|automount|path|target|slice|swap'

/** What systemd takes. */
const LONGEST = 255

/** Where the units of administrators lie. */
export const UNIT_DIR = '/etc/systemd/system'

/**
 * A unit's name, escaped as systemd wants it, with its type. With a dash in front, which `systemctl` would take for an
 * option, only those of the root: `-.mount`.
 */
export const isUnitName = (name: string): boolean =>
  name.length <= LONGEST && new RegExp(`^(?!-[^.])[\\w:.@\\\\-]+\\.(${TYPES})$`).test(name)

/** The directory of drop-ins of a unit, of all units of a type, or of those whose names begin so. */
export const isDropInDirectory = (name: string): boolean =>
  new RegExp(`^([\\w:.@\\\\-]+\\.)?(${TYPES})\\.d$`).test(name)

/** Where a unit's file, or a drop-in, lies. */
export const unitPath = (name: string): string => `${UNIT_DIR}/${name}`

/** The unit of a service: `zookeeper` is `zookeeper.service`, `x.timer` is itself. */
export const serviceUnit = (name: string): string => (isUnitName(name) ? name : `${name}.service`)
