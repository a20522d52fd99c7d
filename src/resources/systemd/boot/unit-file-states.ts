/**
 * systemd's states of a unit file (`UnitFileState`) and their meanings, in one place for observing and for changing
 * units.
 */
import { join, type Script, sh, shFile } from '../../../shell/script.ts'

interface Meaning {
  /** Does a boot start the unit? `others`: if another unit wants it. */
  readonly boot: 'yes' | 'no' | 'others'
  /** `systemctl enable` makes a boot start it. */
  readonly enable?: true
  /** `systemctl disable` keeps a boot from starting it. */
  readonly disable?: true
}

const STATES: Readonly<Record<string, Meaning>> = {
  enabled: { boot: 'yes', disable: true },
  'enabled-runtime': { boot: 'no', enable: true }, // until the next boot only
  linked: { boot: 'no', enable: true }, // its file is elsewhere, so systemd knows it only by name
  'linked-runtime': { boot: 'no', enable: true },
  alias: { boot: 'others' }, // never reported here: systemd is asked about the unit itself
  masked: { boot: 'no' },
  'masked-runtime': { boot: 'no' }, // until the next boot only
  static: { boot: 'others' }, // without [Install]
  indirect: { boot: 'others' }, // its [Install] names only other units
  generated: { boot: 'others' }, // from /etc/fstab and such; the scripts in /etc/init.d are enabled or disabled
  transient: { boot: 'no' }, // made by a program, until the next boot
  disabled: { boot: 'no', enable: true },
  bad: { boot: 'no', enable: true }, // an attempt makes systemd say why
  '': { boot: 'no', enable: true }, // the unit has no file
}

/** The meaning of a state. A state that systemd adds later counts as one that cannot be changed. */
export const meaning = (state: string): Meaning => STATES[state] ?? { boot: 'others' }

const words = (change: 'enable' | 'disable'): string =>
  Object.keys(STATES)
    .filter((word) => meaning(word)[change])
    .join('\n')

/**
 * sh functions: `look_at_unit` sets `$real` (the unit that `$unit` is an alias of, or itself), `$word` (its state, from
 * the table), `$active`, `$sub` and `$try` (its ActiveState, SubState and InvocationID); `enable_unit`, `disable_unit`
 * and `unmask_unit` change the state if that is possible and necessary.
 */
export const unitFileFunctions: Script = join([
  sh`nl=${'\n'} can_enable=${words('enable')} can_disable=${words('disable')}`,
  shFile(import.meta.url, './unit-file-states.sh'),
])
