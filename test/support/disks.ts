import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of this machine that a sandbox host can be given. */
export interface Disk {
  /** Its number, as mknod takes it. */
  readonly major: number
  readonly minor: number
  close(): void
}

/** Why no disks can be made here; undefined if they can. */
export const noDisks = (): string | undefined =>
  existsSync('/dev/loop-control') ? undefined : 'this machine has no loop devices'

/** Makes an empty disk of a sparse file. It is gone when it is closed, or when this process ends in any way. */
export function makeDisk(folder: string, name: string, mb: number): Disk {
  const file = join(folder, name)
  writeFileSync(file, '')
  truncateSync(file, mb * 1024 ** 2)
  const path = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim()
  const fd = openSync(path, 'r')
  execFileSync('losetup', ['--detach', path]) // while somebody has it open: once nobody has
  return { major: 7, minor: Number(path.replace(/\D/g, '')), close: () => closeSync(fd) }
}

/** sh that plays udev on a host, now and at each boot: disks by the ids of their volumes and by the names of what is on them. */
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
