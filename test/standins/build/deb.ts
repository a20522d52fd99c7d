import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What lies at a path: a file (executable where it says so), a link, or an empty folder. */
export type Entry =
  | { readonly content: string; readonly executable?: boolean }
  | { readonly link: string }
  | { readonly folder: true }

/** A package: its fields, what it puts where, scripts and lists of its control part. */
export interface Deb {
  readonly control: Readonly<Record<string, string>>
  /** By absolute path. */
  readonly files: Readonly<Record<string, Entry>>
  readonly scripts?:
    | Readonly<Record<'postinst' | 'postrm' | 'prerm' | 'preinst', string>>
    | Partial<Record<'postinst' | 'postrm' | 'prerm' | 'preinst', string>>
  readonly conffiles?: readonly string[]
}

/** A moment that all packages are from, so that their bytes depend on their content alone; seconds since 1970. */
const EPOCH = '1795336607'

export const fileName = ({ control }: Deb): string =>
  `${control.Package}_${control.Version}_${control.Architecture}.deb`

/** This machine's architecture as Debian calls it: the hosts of its sandbox have the same. */
export const architecture = (): string => ({ x64: 'amd64', arm64: 'arm64' })[process.arch as string] ?? process.arch

/** Packs a package into a folder and gives its path. @throws where dpkg-deb is missing or refuses it */
export function pack(deb: Deb, into: string): string {
  const root = mkdtempSync(join(tmpdir(), 'provision-deb-'))
  try {
    chmodSync(root, 0o755)
    for (const [path, entry] of Object.entries(deb.files)) put(join(root, path), entry)
    put(join(root, 'DEBIAN/control'), {
      content: `${Object.entries(deb.control)
        .map(([k, v]) => `${k}: ${v}`)
        .join('\n')}\n`,
    })
    put(join(root, 'DEBIAN/md5sums'), { content: sums(deb) })
    if (deb.conffiles) put(join(root, 'DEBIAN/conffiles'), { content: `${deb.conffiles.join('\n')}\n` })
    for (const [name, content] of Object.entries(deb.scripts ?? {}))
      put(join(root, 'DEBIAN', name), { content, executable: true })
    mkdirSync(into, { recursive: true })
    const file = join(into, fileName(deb))
    execFileSync('dpkg-deb', ['--root-owner-group', '--uniform-compression', '-Zgzip', '--build', root, file], {
      env: { ...process.env, SOURCE_DATE_EPOCH: EPOCH },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return file
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function put(path: string, entry: Entry): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  if ('folder' in entry) mkdirSync(path, { mode: 0o755 })
  else if ('link' in entry) symlinkSync(entry.link, path)
  else {
    writeFileSync(path, entry.content)
    chmodSync(path, entry.executable ? 0o755 : 0o644)
  }
}

const sums = ({ files }: Deb): string =>
  Object.entries(files)
    .flatMap(([path, entry]) =>
      'content' in entry ? [`${createHash('md5').update(entry.content).digest('hex')}  ${path.slice(1)}`] : [],
    )
    .sort((a, b) => (a.slice(34) < b.slice(34) ? -1 : 1))
    .map((line) => `${line}\n`)
    .join('')
