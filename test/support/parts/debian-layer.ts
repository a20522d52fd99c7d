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
    '--customize-hook=rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/var/log/*',
    'bookworm',
    `${file}.new`,
    `${file}.sources`,
  ]
  await run('env', command).finally(() => stopCache(stateDir()))
  renameSync(`${file}.new`, file)
  return file
}
