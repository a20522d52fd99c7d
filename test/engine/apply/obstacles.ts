import { archive, directory, file, hostsFile, link, type Resource } from '../../../src/index.ts'
import { byTool, inKernel, packed } from './odd-types.ts'

const entries = [{ address: '10.9.9.9', names: ['other'] }]

/** Something in the way of a step. */
export interface Row {
  readonly what: string
  /** sh that puts it in the way, in the folder of the row. */
  readonly before: string
  /** What is wanted, by the path of the row's folder. */
  readonly wants: (folder: string) => Resource | readonly Resource[]
  /** The last line that the user reads. FOLDER stands for the folder. */
  readonly says: string
  /** sh that takes it away. */
  readonly after: string
}

const FULL = 'mount -t tmpfs -o size=64k tmpfs .; cd "$PWD"; head -c 90000 /dev/zero >fill || :'
const EMPTY = 'rm -f fill'
const locked = (name: string, of = name): string =>
  `FOLDER/${name} is locked (chattr +i): unlock it with chattr -i and run again, or leave FOLDER/${of} out of the recipe`
const mounted = (at: string, of = at): string =>
  `FOLDER/${at} is a mount point (of tmpfs), which can be neither replaced nor removed: unmount it and run again, or leave FOLDER/${of} out of the recipe`
const GROWS =
  'FOLDER/a is locked (chattr +a): unlock it with chattr -a and run again, or leave what is in it out of the recipe'
export const full = (name: string): string =>
  `FOLDER/${name} cannot be written: the file system at FOLDER is full; make room and run again`

export const rows: readonly Row[] = [
  {
    what: 'a locked file',
    before: 'echo old >a; chattr +i a',
    wants: (w) => file(`${w}/a`, { content: 'new' }),
    says: locked('a'),
    after: 'chattr -i a',
  },
  {
    what: 'a locked file that is to go',
    before: 'echo old >a; chattr +i a',
    wants: (w) => file(`${w}/a`, { ensure: 'absent' }),
    says: locked('a'),
    after: 'chattr -i a',
  },
  {
    what: 'a locked directory that is to hold a file',
    before: 'mkdir a; chattr +i a',
    wants: (w) => file(`${w}/a/b`, { content: 'new' }),
    says: locked('a', 'a/b'),
    after: 'chattr -i a',
  },
  {
    what: 'a locked directory that is to have another mode',
    before: 'mkdir a; chattr +i a',
    wants: (w) => directory(`${w}/a`, { mode: '0700' }),
    says: locked('a'),
    after: 'chattr -i a',
  },
  {
    what: 'a locked file in a directory that is to go',
    before: 'mkdir a; touch a/b; chattr +i a/b',
    wants: (w) => directory(`${w}/a`, { ensure: 'absent' }),
    says: locked('a/b', 'a'),
    after: 'chattr -i a/b',
  },
  {
    what: 'a locked file that a directory must not hold',
    before: "mkdir -p a/b/c; touch 'a/b/c/d e'; chattr +i 'a/b/c/d e'",
    wants: (w) => directory(`${w}/a`, { only: [] }),
    says: locked('a/b/c/d e', 'a'),
    after: "chattr -i 'a/b/c/d e'",
  },
  {
    what: 'a locked file where a link is wanted',
    before: 'touch a; chattr +i a',
    wants: (w) => link(`${w}/a`, { to: 'b' }),
    says: locked('a'),
    after: 'chattr -i a',
  },
  {
    what: 'a locked hosts file',
    before: 'touch a; chattr +i a',
    wants: (w) => hostsFile(`${w}/a`, { entries }),
    says: locked('a'),
    after: 'chattr -i a',
  },
  {
    what: 'a locked directory that is to hold an archive',
    before: 'mkdir a; chattr +i a',
    wants: (w) => packed(`${w}/a/b`),
    says: locked('a', 'a/b'),
    after: 'chattr -i a',
  },
  {
    what: 'a full disk for a file',
    before: FULL,
    wants: (w) => file(`${w}/a`, { content: 'x'.repeat(9000) }),
    says: full('a'),
    after: EMPTY,
  },
  {
    what: 'a disk that is too small for a large file',
    before: 'mount -t tmpfs -o size=64k tmpfs .',
    wants: (w) => file(`${w}/a`, { content: 'x'.repeat(90_000) }),
    says: full('a'),
    after: 'mount -o remount,size=1m tmpfs .',
  },
  {
    what: 'a disk that is too small for an archive',
    before: 'mount -t tmpfs -o size=16k tmpfs .',
    wants: (w) => packed(`${w}/a`),
    says: full('a'),
    after: 'mount -o remount,size=9m tmpfs .',
  },
  {
    what: 'a disk without inodes',
    before: 'mount -t tmpfs -o nr_inodes=2 tmpfs .; cd "$PWD"; touch fill',
    wants: (w) => directory(`${w}/a`, {}),
    says: 'FOLDER/a cannot be written: the file system at FOLDER has no inodes left; make room and run again',
    after: EMPTY,
  },
  {
    what: 'a disk that is mounted read-only',
    before: 'mount -t tmpfs -o ro tmpfs .',
    wants: (w) => link(`${w}/a`, { to: 'b' }),
    says: 'FOLDER/a cannot be written: FOLDER is mounted read-only; mount it to be written to and run again',
    after: 'mount -o remount,rw tmpfs .',
  },
  {
    what: 'a file over which another is mounted',
    before: 'mount -t tmpfs tmpfs .; cd "$PWD"; echo a >a; echo b >b; mount --bind a b',
    wants: (w) => file(`${w}/b`, { content: 'new' }),
    says: mounted('b').replace('of tmpfs', 'of tmpfs[/a]'),
    after: 'umount b',
  },
  {
    what: 'a mount point where an archive is wanted',
    before: 'mkdir a; mount -t tmpfs tmpfs a',
    wants: (w) => packed(`${w}/a`),
    says: mounted('a'),
    after: 'umount a',
  },
  {
    what: 'a mount point in a directory that is to go',
    before: "mkdir -p 'a/b/c d'; mount -t tmpfs tmpfs 'a/b/c d'",
    wants: (w) => directory(`${w}/a`, { ensure: 'absent' }),
    says: mounted('a/b/c d', 'a'),
    after: "umount 'a/b/c d'",
  },
  {
    what: 'a mount point among entries that are to go',
    before: 'mkdir -p a/b; mount -t tmpfs tmpfs a/b',
    wants: (w) => directory(`${w}/a`, { only: ['c'] }),
    says: mounted('a/b', 'a'),
    after: 'umount a/b',
  },
  {
    what: 'a mount point in an archive that is to go',
    before: 'mkdir -p a/b; touch a/.provision; mount -t tmpfs tmpfs a/b',
    wants: (w) => archive(`${w}/a`, { ensure: 'absent' }),
    says: mounted('a/b', 'a'),
    after: 'umount a/b',
  },
  {
    what: 'a mount point in an archive that is to be another',
    before: 'mkdir -p a/b; touch a/.provision; mount -t tmpfs tmpfs a/b',
    wants: (w) => packed(`${w}/a`),
    says: mounted('a/b', 'a'),
    after: 'umount a/b',
  },
  {
    what: 'a file where the directory of an archive should be',
    before: 'touch a',
    wants: (w) => packed(`${w}/a/b`),
    says: 'FOLDER/a/b cannot be made: FOLDER/a is not a directory; move it away and run again, or correct the path',
    after: 'rm a',
  },
  {
    what: 'a link to nowhere where the directory of an archive should be',
    before: 'ln -s /proc/nowhere a',
    wants: (w) => packed(`${w}/a/b/c`),
    says: 'FOLDER/a/b/c cannot be made: FOLDER/a is a symbolic link to /proc/nowhere, and nothing is there; fix the link and run again, or correct the path',
    after: 'rm a',
  },
  {
    what: 'links in a circle where the directory of a file should be',
    before: 'ln -s b a; ln -s a b',
    wants: (w) => file(`${w}/a/c`, { content: 'x' }),
    says: 'FOLDER/a/c cannot be made: FOLDER/a is a symbolic link that leads in a circle; fix the link and run again, or correct the path',
    after: 'rm a; mkdir a',
  },
  {
    what: 'a file where the directory of a link should be',
    before: 'touch a',
    wants: (w) => link(`${w}/a/b`, { to: 'x' }),
    says: 'FOLDER/a/b cannot be made: FOLDER/a is not a directory; move it away and run again, or correct the path',
    after: 'rm a; mkdir a',
  },
  {
    what: 'a file in a directory that only grows',
    before: 'mkdir a; chattr +a a',
    wants: (w) => file(`${w}/a/x`, { content: 'x' }),
    says: GROWS,
    after: 'chattr -a a',
  },
  {
    what: 'a directory in a directory that only grows',
    before: 'mkdir a; chattr +a a',
    wants: (w) => directory(`${w}/a/x`, {}),
    says: GROWS,
    after: 'chattr -a a',
  },
  {
    what: 'a link in a directory that only grows',
    before: 'mkdir a; chattr +a a',
    wants: (w) => link(`${w}/a/x`, { to: 'y' }),
    says: GROWS,
    after: 'chattr -a a',
  },
  {
    what: 'a archive in a directory that only grows',
    before: 'mkdir a; chattr +a a',
    wants: (w) => packed(`${w}/a/x`),
    says: GROWS,
    after: 'chattr -a a',
  },
  {
    what: 'a locked file that a tool changes',
    before: 'touch a; chattr +i a',
    wants: (w) => byTool(`${w}/a`)('account', {}),
    says: 'FOLDER/a is locked (chattr +i): unlock it with chattr -i and run again',
    after: 'chattr -i a',
  },
  {
    what: 'nothing in /proc',
    before: ':',
    wants: (w) => inKernel(`${w}/known`)('parameter', {}),
    says: 'the kernel does not know it',
    after: ': >known',
  },
  {
    what: 'a directory that is to go, and is mounted',
    before: 'mkdir a; mount -t tmpfs tmpfs a',
    wants: (w) => directory(`${w}/a`, { ensure: 'absent' }),
    says: mounted('a'),
    after: 'umount a',
  },
]
