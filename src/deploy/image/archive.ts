import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { chunks } from '../../lib/bytes.ts'
import { list, object, text } from '../../lib/json.ts'
import { codeOf, isFileError, message, whyUnread } from '../../lib/message.ts'
import type { Blob } from '../../shell/script.ts'
import { ImageFileError } from '../app/errors.ts'

/** A file that `docker save` wrote. */
export interface ImageFile {
  readonly blob: Blob
  readonly path: string
  /** The names of its images, with the images' ids (`sha256:…`). */
  readonly images: ReadonlyMap<string, string>
}

const BLOCK = 512
/** The largest accepted `manifest.json`; a real one has a few hundred bytes. */
const MOST = 1024 * 1024

const field = (header: Buffer, at: number, length: number): string =>
  header
    .subarray(at, at + length)
    .toString('latin1')
    .replace(/\0.*$/s, '')

/** Extracts one file from a tar that arrives in chunks, and keeps nothing else. */
function finder(name: string): { push(chunk: Buffer): void; readonly found: Buffer | undefined } {
  let rest: Buffer = Buffer.alloc(0)
  let skip = 0 // remaining bytes of the current file, padding included
  let kept: { chunks: Buffer[]; missing: number } | undefined
  let found: Buffer | undefined
  const take = (chunk: Buffer): void => {
    if (kept === undefined) return
    const part = chunk.subarray(0, kept.missing)
    kept.chunks.push(part)
    kept.missing -= part.length
    if (kept.missing > 0) return
    found = Buffer.concat(kept.chunks)
    kept = undefined
  }
  const header = (block: Buffer): void => {
    const size = Number.parseInt(field(block, 124, 12).trim(), 8) || 0
    skip = Math.ceil(size / BLOCK) * BLOCK
    if (field(block, 0, 100).replace(/^\.\//, '') === name && size > 0 && size <= MOST)
      kept = { chunks: [], missing: size }
  }
  return {
    push(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (;;) {
        const part = rest.subarray(0, skip)
        take(part)
        skip -= part.length
        rest = rest.subarray(part.length)
        if (skip > 0 || rest.length < BLOCK) return
        const block = rest.subarray(0, BLOCK)
        rest = rest.subarray(BLOCK)
        header(block)
      }
    },
    get found() {
      return found
    },
  }
}

/**
 * The image names in `manifest.json`. Docker 25 and newer name the configuration `blobs/sha256/ID`, older ones
 * `ID.json`.
 */
function namesIn(manifest: Buffer): ReadonlyMap<string, string> {
  return new Map(
    list(JSON.parse(manifest.toString('utf8'))).flatMap((entry) => {
      const { Config, RepoTags } = object(entry)
      const id = /([0-9a-f]{64})(\.json)?$/.exec(text(Config))?.[1]
      return list(RepoTags).map((tag) => [text(tag), id === undefined ? '' : `sha256:${id}`] as const)
    }),
  )
}

/** Reads an image file once, compressed or not, for its digest and its content. @throws ImageFileError */
export async function readImageFile(path: string): Promise<ImageFile> {
  const hash = createHash('sha256')
  const tar = finder('manifest.json')
  let compressed: boolean | undefined
  const gunzip = createGunzip()
  const unpacked = pipeline(gunzip, async (gunzipped) => {
    for await (const chunk of chunks(gunzipped)) tar.push(chunk)
  })
  unpacked.catch(() => undefined) // the error is reported below
  try {
    for await (const chunk of chunks(createReadStream(path, { highWaterMark: 1024 * 1024 }))) {
      hash.update(chunk)
      compressed ??= chunk[0] === 0x1f && chunk[1] === 0x8b
      if (!compressed) tar.push(chunk)
      else if (!gunzip.write(chunk))
        await Promise.race([new Promise((resolve) => gunzip.once('drain', resolve)), unpacked])
    }
    gunzip.end()
    if (compressed) await unpacked
    if (tar.found === undefined) throw new Error('there is no manifest.json in it')
    const { size } = await stat(path)
    return { blob: { sha256: hash.digest('hex'), size, source: { path } }, path, images: namesIn(tar.found) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new ImageFileError(`there is no image file ${path}; docker save writes one`)
    if (isFileError(error)) throw new ImageFileError(`${path} cannot be read: ${whyUnread(error)}`, { cause: error })
    throw new ImageFileError(`${path} is not an image written by docker save: ${message(error)}`, { cause: error })
  } finally {
    gunzip.destroy()
  }
}
