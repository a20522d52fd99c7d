import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { machineSources } from '../../../src/sandbox/available.ts'
import { run } from '../../../src/sandbox/exec.ts'
import { forRelease, renderDeb822, throughCache } from '../../../src/sandbox/image/apt-sources.ts'
import { aptSettings } from '../../../src/sandbox/image/image.ts'
import { ensureCache, stopCache } from '../../../src/sandbox/image/package-cache.ts'
import { stateDir } from '../../../src/sandbox/state.ts'

/** Parts of packages that are not needed at run time. */
const LEFT_OUT = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*', '/usr/share/info/*', '/usr/share/ri/*']

/**
 * What no image uses once it is made: its tools for packages and Perl, which those are written in, and tables of odd
 * character sets. A third of an image, which each host would fetch, check and unpack.
 */
const DONE_WITH = [
  ...['/usr/bin/perl*', '/usr/lib/*-linux-gnu/perl*', '/usr/lib/*-linux-gnu/libperl*', '/usr/share/perl*'],
  ...['/usr/bin/apt*', '/usr/lib/apt', '/usr/lib/*-linux-gnu/libapt-*', '/usr/lib/dpkg', '/usr/share/debconf'],
  ...['/usr/lib/*-linux-gnu/gconv', '/usr/share/nodejs/@types', '/var/lib/dpkg/info'],
  ...['/var/cache/apt/*', '/var/cache/debconf/*', '/var/lib/apt/lists/*', '/var/log/*'],
]
/** Part of what decides whether an image is made anew. */
export const BASE = `bookworm 3 without ${DONE_WITH.join(' ')}`

/**
 * A minimal Debian 12 with these packages (without recommended ones) as one tar: an image's lowest layer. `folders` are
 * created before the packages are installed.
 */
export async function debianLayer(
  file: string,
  packages: readonly string[],
  folders: readonly string[] = [],
): Promise<string> {
  const archives = forRelease(machineSources(), 'bookworm').map((source) => ({
    ...source,
    uri: throughCache(source.uri),
  }))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.sources`, renderDeb822(archives))
  const apt = [
    `Acquire::http::Proxy "${await ensureCache(stateDir())}"`,
    'Acquire::Languages "none"',
    ...(await aptSettings()),
  ]
  const command = [
    'SOURCE_DATE_EPOCH=0',
    'mmdebstrap',
    '--mode=root',
    '--variant=minbase',
    '--format=tar',
    ...apt.map((setting) => `--aptopt=${setting}`),
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    `--include=${packages.join(',')}`,
    ...folders.map((folder) => `--essential-hook=mkdir -p "$1${folder}"`),
    '--skip=output/dev', // the container runtime makes devices
    `--customize-hook=rm -rf ${DONE_WITH.map((path) => `"$1"${path}`).join(' ')}`,
    'bookworm',
    `${file}.new`,
    `${file}.sources`,
  ]
  await run('env', command).finally(() => stopCache(stateDir()))
  renameSync(`${file}.new`, file)
  return file
}
