import { command, filesystem, kernelModule, locale, mount, swap } from '../../../src/index.ts'
import { mountUnit } from '../../../src/resources/systemd/mount.ts'
import { sh } from '../../../src/shell/script.ts'
import type { Kind } from './part.ts'
import { DISKS, diskOf } from './plugged.ts'
import { system } from './system.ts'

/** One for each place of a batch. */
const LOCALES = ['de_DE', 'fr_FR', 'en_GB', 'es_ES', 'it_IT', 'pt_BR', 'nl_NL', 'sv_SE', 'da_DK', 'fi_FI', 'pl_PL'].map(
  (name) => `${name}.UTF-8`,
)

export const machine: Readonly<Record<string, Kind>> = {
  'kernel module'({ where, pick }) {
    const name = `random${pick('-', '_')}${where}`
    const kernel = name.replaceAll('-', '_')
    const [boot, now] = [`/etc/modules-load.d/provision-${kernel}.conf`, `/sys/module/${kernel}`]
    return {
      resources: [kernelModule(name, {})],
      gone: [kernelModule(name, { ensure: 'absent' })],
      breaks: [
        sh`rmdir ${now}`,
        sh`rm -f ${boot}`,
        sh`rmdir ${now}; rm -f ${boot}`,
        sh`echo '# more' >>${boot}`,
        sh`: >${boot}`,
        sh`[ -L ${boot} ] || chmod 600 ${boot}`,
        sh`ln -sf /dev/null ${boot}`,
      ],
    }
  },
  locale(choice) {
    const { place, first, pick } = choice
    const name = LOCALES[place]
    if (name === undefined || !first) return (system.cron as Kind)(choice)
    const archived = name.replace('UTF-8', 'utf8')
    const isDefault = place === 0 && pick(true, false)
    return {
      resources: [locale(name, isDefault ? { default: true } : {})],
      gone: [locale(name, { ensure: 'absent' })],
      breaks: [
        sh`localedef --delete-from-archive ${archived}`,
        sh`sed -i ${`/^${name}/d`} /etc/locale.gen`,
        sh`sed -i ${`s/^${name}/# &/`} /etc/locale.gen`,
        sh`localedef --delete-from-archive ${archived}; sed -i ${`/^${name}/d`} /etc/locale.gen`,
        ...(isDefault ? [sh`sed -i 's/^LANG=.*/LANG=C/' /etc/default/locale`, sh`rm -f /etc/default/locale`] : []),
      ],
    }
  },
  swap({ where, pick }) {
    const path = `/srv/swap-${where}`
    const [sizeMb, priority] = [pick(1, 2, 3), pick(undefined, 5)]
    return {
      resources: [swap(path, { sizeMb, ...(priority === undefined ? {} : { priority }) })],
      gone: [swap(path, { ensure: 'absent' })],
      breaks: [
        sh`swapoff -- ${path}`,
        sh`chmod 644 ${path}`,
        sh`swapoff -- ${path}; rm -f ${path}`,
        sh`swapoff -- ${path}; truncate -s 4M ${path}`,
        sh`sed -i ${`\\| *${path} |d`} /etc/fstab`,
        sh`sed -i ${`\\|${path} |s/sw/sw,pri=9/`} /etc/fstab`,
        sh`swapoff -- ${path}; swapon -p 7 -- ${path}`,
        sh`echo ${`${path} none swap sw,pri=3 0 0`} >>/etc/fstab`,
      ],
    }
  },
  filesystem(choice) {
    const { place, first, pick } = choice
    if (!first || !DISKS.some((disk) => disk === place)) return (system.cron as Kind)(choice)
    const { volume, device, label } = diskOf(place)
    const path = `/srv/disk-${choice.where}`
    const data = filesystem(volume, { type: 'ext4', label })
    const there = mount(path, { device: `LABEL=${label}`, type: 'ext4', ...pick({}, { options: ['noatime'] }) })
    return {
      resources: pick([data], [data, there]),
      gone: [
        mount(path, { ensure: 'absent' }),
        command(`empty ${device}`, {
          run: sh`wipefs -qa ${device}; blkdiscard -f ${device}`,
          unless: sh`! blkid -p ${device}`,
        }),
      ],
      breaks: [
        sh`e2label ${device} ''`,
        sh`! mountpoint -q ${path} || umount ${path}`,
        sh`systemctl stop ${mountUnit(path)}; wipefs -qa ${device}; blkdiscard -f ${device}`,
        sh`e2label ${device} ''; systemctl stop ${mountUnit(path)}`,
        sh`! mountpoint -q ${path} || mount -o remount,ro ${path}`,
      ],
    }
  },
}
