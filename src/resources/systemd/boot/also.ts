import type { Item, Resource } from '../../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'
import type { ServiceProps } from '../service-properties.ts'
import { serviceUnit, UNIT_DIR } from '../unit-name.ts'

/**
 * sh function `change_links enable|disable UNIT…` that leaves other units as they are if the recipes name them; see
 * {@link namedUnits}.
 */
export const alsoFunctions: Script = join([
  sh`links_in=${UNIT_DIR} tab=${'\t'} nl=${'\n'} named_units=`,
  shFile(import.meta.url, './also.sh'),
])

/** sh that says which units the recipes name. */
export const namedUnits = (items: readonly Item<ServiceProps>[]): Script =>
  sh`named_units=${['', ...items.map(({ name }) => serviceUnit(name)), ''].join(' ')}`

/** sh that warns, like `foresee`, of units that are enabled or disabled along, although no recipe names them. */
export const foreseeAlso = (items: readonly Item<ServiceProps>[], all: readonly Resource[]): Script => {
  const named = all.flatMap(({ type, name }) => (type.name === 'service' ? [serviceUnit(name)] : []))
  const ofEach = items.map(({ name, props: { enabled } }) => {
    const deed = enabled ? 'enable' : 'disable'
    return sh`also ${[name, serviceUnit(name), deed]}`
  })
  return join([sh`named_units=${['', ...named, ''].join(' ')} nl=${'\n'}`, alsoSaid, ...ofEach])
}

const alsoSaid = sh`
  also() {
    case $(systemctl is-enabled -- "$2" 2>/dev/null):$3 in enabled:disable | disabled:enable) ;; *) return 0 ;; esac
    for other in $(systemctl cat -- "$2" 2>/dev/null | sed -n 's/^Also=//p'); do
      case "$named_units" in *" $other "*) continue ;; esac
      case $(systemctl is-enabled -- "$other" 2>/dev/null):$3 in enabled:disable | disabled:enable) ;; *) continue ;; esac
      printf '!\t%s\tits [Install] section has systemd %s %s along with it (Also=); name that, too, to have it otherwise\n' "$1" "$3" "$other"
    done
  }`
