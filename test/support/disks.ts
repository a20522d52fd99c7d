import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of this machine to give to a sandbox host. */
export interface Disk {
  /** Its major number, for mknod. */
  readonly major: number
  readonly minor: number
  close(): void
}

/** Why this machine cannot make disks; undefined if it can. */
export const noDisks = (): string | undefined =>
  existsSync('/dev/loop-control') ? undefined : 'this machine has no loop devices'

/** Makes an empty disk from a sparse file. It disappears when it is closed, or when this process ends in any way. */
export function makeDisk(folder: string, name: string, mb: number): Disk {
  const file = join(folder, name)
  writeFileSync(file, '')
  truncateSync(file, mb * 1024 ** 2)
  const path = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim()
  const fd = openSync(path, 'r')
  execFileSync('losetup', ['--detach', path]) // if it is in use, this takes effect later
  return { major: 7, minor: Number(path.replace(/\D/g, '')), close: () => closeSync(fd) }
}

/** sh that stands in for udev on a host, now and at each boot: links disks by volume id and by label. */
export const plugIn = (
  disks: readonly { readonly disk: Disk; readonly volume: string; readonly by: string }[],
): string => {
  const lines = disks.flatMap(({ disk: { major, minor }, volume, by }, i) => [
    `b /dev/nvme${i + 1}n1 0660 root disk - ${major}:${minor}`,
    `L /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume} - - - - ../../nvme${i + 1}n1`,
    `L /dev/disk/${by} - - - - ../../nvme${i + 1}n1`,
  ])
  return `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >/etc/tmpfiles.d/disks.conf; systemd-tmpfiles --create --prefix=/dev`
}
