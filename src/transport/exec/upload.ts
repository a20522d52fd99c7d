import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { message } from '../../lib/message.ts'
import { STATE_DIR } from '../../shell/paths.ts'
import { BLOB_DIR, type Blob, join, LARGE_BLOB, type Script, sh, shFile } from '../../shell/script.ts'
import { type ExecOptions, TransportError } from '../transport.ts'
import { oneLine } from '../words.ts'
import type { RunningExec } from './login.ts'

/**
 * Prints which blobs are missing, then reads exactly those, in that order, from descriptor 8. A blob gets its name only
 * once all of its bytes have arrived and match, and is valid only until the next boot, so it need not be synced. The
 * next upload removes what a killed one left behind.
 */
const receive = (blobs: readonly Blob[]): Script =>
  join([
    sh`
      set -e
      umask 077
      mkdir -p -m 700 ${STATE_DIR} ${BLOB_DIR}
      cd ${BLOB_DIR}
      large=${LARGE_BLOB}
      set -- ${blobs.map((b) => `${b.sha256}:${b.size}`)}`,
    shFile(import.meta.url, './upload.sh'),
  ])

/** Writes with back-pressure; stops silently if the other side is gone, which the exec itself reports. */
async function pour(blob: Blob, to: Writable): Promise<void> {
  const chunks = 'path' in blob.source ? createReadStream(blob.source.path) : [blob.source]
  const poured = new AbortController()
  const gone = once(to, 'close', poured).catch(() => undefined)
  try {
    for await (const chunk of chunks) {
      if (to.destroyed) return
      if (!to.write(chunk)) await Promise.race([once(to, 'drain', poured).catch(() => undefined), gone])
    }
  } finally {
    poured.abort() // even if reading a file fails
  }
}

const failed = (why: string, options?: ErrorOptions): TransportError =>
  new TransportError('upload', `files could not be uploaded to ${BLOB_DIR}: ${why}`, options)

/** Uploads blobs to {@link BLOB_DIR} in one exec, except for those that are there already. @throws TransportError */
export async function upload(
  start: (script: Script, options: ExecOptions) => RunningExec,
  blobs: readonly Blob[],
): Promise<void> {
  const wanted = new Map(blobs.map((blob) => [blob.sha256, blob]))
  if (wanted.size === 0) return
  const exec = start(receive([...wanted.values()]), { input: true, maxStdout: 128 * (wanted.size + 1) })
  let answer = ''
  try {
    for await (const chunk of exec.stdout) {
      answer += String(chunk)
      if (!answer.endsWith('\n')) continue
      const names = answer.trim().split(' ').slice(1)
      for (const name of names) {
        const blob = wanted.get(name.replace(/:.*/s, ''))
        if (blob) await pour(blob, exec.input)
      }
      exec.end()
    }
  } catch (error) {
    if (error instanceof TransportError) throw error
    exec.kill()
    throw failed(oneLine(message(error)), { cause: error })
  }
  const { code, stderr } = await exec.done
  if (code !== 0) throw failed(oneLine(stderr) || `it ended with code ${code}`)
}
