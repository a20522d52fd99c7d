/** Which of a host's file systems are called full, by what df says of them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fullDisksFunction } from '../../src/shell/full-disks.ts'
import { join, sh } from '../../src/shell/script.ts'
import { withPrograms } from '../support/fake-programs.ts'

const test = suite('shell/full disks')
const HEAD = '   Avail  IFree Inodes Type     Mounted on'

for (const [what, line, says] of [
  ['with room', '69467536 15803 167772 ext4 /srv/data', ''],
  ['without', '0 15803 167772 ext4 /srv/data', '/srv/data\tis full\n'],
  ['with a rest that nobody can use', '64 9 167772 xfs /srv/data', '/srv/data\tis full\n'],
  ['that is a small tmpfs with room', '3072 9 100 tmpfs /srv/data', ''],
  ['without inodes', '69467536 0 167772 ext4 /srv/data', '/srv/data\thas no inodes left\n'],
  ['that counts no inodes', '69467536 0 0 btrfs /srv/data', ''],
  ['that does not say', '69467536 - - vfat /srv/data', ''],
  ['with spaces in its name', '0 15803 167772 ext4 /srv/my own data', '/srv/my own data\tis full\n'],
  ['of a snap, which is always full', '0 0 167772 squashfs /snap/core/1', ''],
  ["of the firmware's variables", '0 - - efivarfs /sys/firmware/efi/efivars', ''],
  ["of the kernel's", '0 9 9 tmpfs /dev/shm', ''],
  ["of a container, which is its disk's", '0 15803 167772 overlay /var/lib/docker/overlay2/8e/merged', ''],
  ['at the root', '0 15803 167772 overlay /', '/\tis full\n'],
] as const)
  test(`one ${what}`, () =>
    withPrograms({ df: `echo '${HEAD}'; echo '${line}'` }, async ({ read }) => {
      assert.is(await read(join([fullDisksFunction, sh`full_disks`])), says)
    }))

test('none, where df does not answer', () =>
  withPrograms({ df: 'exit 1' }, async ({ read }) => {
    assert.is(await read(join([fullDisksFunction, sh`full_disks`])), '')
  }))

test.run()
