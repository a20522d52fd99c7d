import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { machineSources } from '../available.ts'
import { cgroupOf, dropCgroups, inCgroups, killCgroup, makeCgroup, pruneCgroups } from '../cgroup.ts'
import { run, SandboxError } from '../exec.ts'
import { locked } from '../lock.ts'
import { readMounts, unmountAll } from '../mounts.ts'
import { foldersIn, paths, type Release } from '../state.ts'
import { forRelease, renderDeb822, throughCache } from './apt-sources.ts'
import { customise, madeOf, PACKAGES, REVISION } from './customise.ts'
import { ensureCache } from './package-cache.ts'

/** Reports progress, one line at a time. */
export type Progress = (message: string) => void

const CODENAMES: Readonly<Record<Release, string>> = { 12: 'bookworm', 13: 'trixie' }

/** This machine's settings for stale release files (which a snapshot mirror needs) apply to hosts, too. */
export const aptSettings = async (): Promise<string[]> =>
  (await run('apt-config', ['dump'])).split('\n').filter((line) => /^Acquire::Check-(Valid-Until|Date) /.test(line))

/** A keyring from the release's own debian-archive-keyring package. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

const build = async (
  images: string,
  name: string,
  release: Release,
  state: string,
  progress: Progress,
): Promise<void> => {
  const codename = CODENAMES[release]
  const archives = forRelease(machineSources(), codename)
  const proxy = await ensureCache(state)
  const work = mkdtempSync(join(images, `.build-${release}-`))
  const root = join(work, 'root')
  const cgroup = makeCgroup(`build/${basename(work)}`)
  try {
    const sources = join(work, 'debian.sources')
    const hostSources = archives.map((source) => ({ ...source, uri: throughCache(source.uri) }))
    writeFileSync(sources, renderDeb822(hostSources))
    progress(`building Debian ${release} (${codename}) with mmdebstrap, about a minute, once`)
    const began = performance.now()
    const apt = [`Acquire::http::Proxy "${proxy}"`, 'Acquire::Languages "none"', ...(await aptSettings())]
    const paths = [
      'exclude=/usr/share/man/*',
      'exclude=/usr/share/locale/*',
      'exclude=/usr/share/doc/*',
      'include=/usr/share/doc/*/copyright',
    ]
    const [command = '', ...args] = inCgroups(
      [cgroup],
      [
        'mmdebstrap',
        '--mode=root',
        '--variant=minbase',
        ...apt.map((setting) => `--aptopt=${setting}`),
        ...paths.map((path) => `--dpkgopt=path-${path}`),
        `--include=${PACKAGES.join(',')}`,
        codename,
        root,
        sources,
      ],
    )
    await run(command, args)
    await customise(root, release, renderDeb822(hostSources, KEYRING))
    await run('tar', ['--xattrs', '--zstd', '-C', root, '-cf', join(work, 'image.tar.zst'), '.'])
    renameSync(join(work, 'image.tar.zst'), join(images, `${name}.tar.zst`))
    renameSync(root, join(images, name))
    progress(`Debian ${release} is built: ${((performance.now() - began) / 1000).toFixed(0)} s`)
  } finally {
    await clearBuild(work)
  }
}

/** Ends and removes a build, including one that a crash of the tool has left. */
const clearBuild = async (work: string): Promise<void> => {
  const cgroup = cgroupOf(`build/${basename(work)}`)
  await killCgroup(cgroup)
  pruneCgroups([cgroup])
  dropCgroups([dirname(cgroup)])
  await unmountAll(work)
  rmSync(work, { recursive: true, force: true })
}

/** Removes every build of a release (or all) that a crash of the tool has left, running or not. */
export const clearBuilds = async (images: string, release = ''): Promise<void> => {
  for (const entry of foldersIn(images))
    if (entry.startsWith(`.build-${release}`)) await clearBuild(join(images, entry))
}

/** Removes images of this release that were made from other recipes or sources and that no host uses. */
const prune = (images: string, name: string, release: Release): void => {
  const mounts = readMounts()
  for (const entry of readdirSync(images)) {
    if (
      !entry.startsWith(`debian-${release}-`) ||
      entry.startsWith(name) ||
      mounts.includes(join(images, entry.replace('.tar.zst', '')))
    )
      continue
    rmSync(join(images, entry), { recursive: true })
  }
}

const imageName = (release: Release, archives: ReturnType<typeof machineSources>): string => {
  const recipe = JSON.stringify([...madeOf(release), archives, REVISION])
  return `debian-${release}-${createHash('sha256').update(recipe).digest('hex').slice(0, 8)}`
}

/** The name of a release's base image on this machine: another recipe or mirror is another image. */
export const imageOf = (release: Release): string =>
  imageName(release, forRelease(machineSources(), CODENAMES[release]))

/** Does a release's base image exist already, perhaps still packed? */
export const hasImage = (state: string, release: Release): boolean => {
  const folder = join(paths(state).images, imageOf(release))
  return existsSync(folder) || existsSync(`${folder}.tar.zst`)
}

/**
 * The folder of a release's base image, built on the first call and kept; another recipe or mirror makes another image.
 * @throws SandboxError
 */
export const ensureImage = async (state: string, release: Release, progress: Progress): Promise<string> => {
  const { images, locks } = paths(state)
  const archives = forRelease(machineSources(), CODENAMES[release])
  if (archives.length === 0)
    throw new SandboxError(
      "this machine's apt sources name no Debian archive: set PROVISION_SANDBOX_MIRROR to a mirror's URI",
    )
  const name = imageName(release, archives)
  const folder = join(images, name)
  const tar = `${folder}.tar.zst`
  if (existsSync(folder)) return folder
  mkdirSync(images, { recursive: true })
  return locked(join(locks, `image-${release}`), async () => {
    if (existsSync(folder)) return folder // another process has built it meanwhile
    await clearBuilds(images, release)
    if (existsSync(tar)) {
      progress(`unpacking Debian ${release}`)
      const work = mkdtempSync(join(images, `.build-${release}-`))
      await run('tar', ['--xattrs', '--xattrs-include=*', '--zstd', '-C', work, '-xpf', tar])
      renameSync(work, folder)
    } else await build(images, name, release, state, progress)
    prune(images, name, release)
    return folder
  })
}
