import { type Script, sh } from '../../../shell/script.ts'

/** sh that warns, like `foresee`, if the unit that sets these at boot is masked. */
export const foreseeMasked = (unit: string, names: readonly string[]): Script => {
  const says = `${unit} is masked on this host: it is so until the next boot only; unmask that unit to have it at each`
  return sh`
    if [ "$(systemctl show -p LoadState --value ${unit} 2>/dev/null)" = masked ]; then
      for name in ${names}; do printf '!\t%s\t%s\n' "$name" ${says}; done
    fi`
}
