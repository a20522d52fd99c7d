import { type Disk, makeDisk, noDisks, plugIn } from '../disks.ts'

/** The places of a batch whose recipes have a disk. None on a machine without loop devices. */
export const DISKS: readonly number[] = noDisks() === undefined ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] : []

/** The disk of a place, as a host names it. */
export const diskOf = (place: number) => ({
  volume: `vol-${String(place).padStart(8, '0')}`,
  device: `/dev/nvme${place + 1}n1`,
  label: `random-${place}`,
})

/** Makes the disks of a host, which are files in a folder of this machine. @returns sh that plugs them in, empty */
export function makeDisks(folder: string, name: string): { readonly disks: readonly Disk[]; readonly plug: string } {
  const disks = DISKS.map((place) => makeDisk(folder, `${name}-${place}`, 16))
  const plug = plugIn(
    disks.map((disk, i) => {
      const { volume, label } = diskOf(DISKS[i] as number)
      return { disk, volume: volume.replace('-', ''), by: `by-label/${label}` }
    }),
  )
  const empty = DISKS.map((place) => `blkdiscard -f ${diskOf(place).device}`)
  return { disks, plug: [plug, ...empty].join('\n') }
}
