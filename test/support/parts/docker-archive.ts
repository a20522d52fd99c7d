import { createHash } from 'node:crypto'
import {
  chmodSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from '../../../src/sandbox/exec.ts'

/** How containers of an image run, in Docker's own terms (image-spec v1.2). */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  readonly WorkingDir?: string
  readonly User?: string
  readonly ExposedPorts?: Readonly<Record<string, object>>
  readonly Labels?: Readonly<Record<string, string>>
}

/** An image for `docker load`. */
export interface Archive {
  /** `name:tag`, its name after loading. */
  readonly name: string
  /** `sha256:…`: Docker's id for it, the same for the same layers and configuration. */
  readonly id: string
  readonly file: string
}

/** Makes tars reproducible: the same files give the same bytes. */
const PLAIN = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']

/** The digest of a file. */
export const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/**
 * Packs layers (uncompressed tars, lowest first) for `docker load`: without a registry or a Docker daemon, and
 * reproducibly.
 */
export async function dockerArchive(
  file: string,
  name: string,
  layers: readonly string[],
  config: ImageConfig,
): Promise<Archive> {
  const sums = await Promise.all(layers.map(sha256Of))
  // a fixed time: the image's id is the digest of this very text
  const text = JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: sums.map((sum) => `sha256:${sum}`) },
    history: sums.map(() => ({ created: '1970-01-01T00:00:00Z' })),
  })
  const id = createHash('sha256').update(text).digest('hex')
  mkdirSync(dirname(file), { recursive: true })
  const work = mkdtempSync(join(dirname(file), '.archive-'))
  try {
    const names = sums.map((sum) => `${sum}.tar`)
    for (const [i, layer] of layers.entries()) symlinkSync(layer, join(work, names[i] as string))
    writeFileSync(join(work, `${id}.json`), text)
    writeFileSync(
      join(work, 'manifest.json'),
      JSON.stringify([{ Config: `${id}.json`, RepoTags: [name], Layers: names }]),
    )
    await run('tar', [
      ...PLAIN,
      '--mode=a+r,u+w',
      '--dereference',
      '-C',
      work,
      '-cf',
      `${file}.new`,
      'manifest.json',
      `${id}.json`,
      ...new Set(names),
    ])
    renameSync(`${file}.new`, file)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return { name, id: `sha256:${id}`, file }
}

/** Docker's name for the image in an archive that {@link dockerArchive} or `docker save` wrote. */
export async function imageId(file: string): Promise<string> {
  const [{ Config }] = JSON.parse(await run('tar', ['-xOf', file, 'manifest.json'])) as [{ readonly Config: string }]
  return `sha256:${/([0-9a-f]{64})(\.json)?$/.exec(Config)?.[1]}`
}

/**
 * A layer of some files: paths in the image and their text; files in a `bin` folder or ending in `.sh` are executable.
 */
export async function filesLayer(file: string, files: Readonly<Record<string, string>>): Promise<string> {
  mkdirSync(dirname(file), { recursive: true })
  const work = mkdtempSync(join(dirname(file), '.layer-'))
  try {
    chmodSync(work, 0o755)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(work, dirname(path)), { recursive: true, mode: 0o755 })
      writeFileSync(join(work, path), text, { mode: /\/bin\/|\.sh$/.test(path) ? 0o755 : 0o644 })
    }
    return await folderLayer(file, work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** A layer with a folder's content: all of it, or some paths in it. */
export async function folderLayer(file: string, folder: string, paths: readonly string[] = ['.']): Promise<string> {
  await run('tar', [...PLAIN, '-C', folder, '-cf', `${file}.new`, ...paths])
  renameSync(`${file}.new`, file)
  return file
}
