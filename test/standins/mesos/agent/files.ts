import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { json, type Reply, text } from '../common/http.ts'

/** Most bytes of one answer. */
const MOST = 16 * 4096

/** True for what may be looked at: sandboxes, and the log. */
const allowed = (path: string, roots: readonly string[]): boolean =>
  roots.some((root) => path === root || path.startsWith(`${root}/`))

/** `/files/browse`: what lies in a folder. */
export function browse(query: URLSearchParams, roots: readonly string[]): Reply {
  const given = query.get('path')
  if (given === null) return text(400, "Expecting 'path=value' in query.\n")
  const path = normalize(given)
  if (!allowed(path, roots)) return text(404, '')
  try {
    const entries = readdirSync(path).map((name) => describe(join(path, name)))
    return json(entries)
  } catch {
    return text(404, '')
  }
}

function describe(path: string): object {
  const found = statSync(path)
  const kind = found.isDirectory() ? 'd' : '-'
  const bits = [...(found.mode & 0o777).toString(2).padStart(9, '0')].map((bit, i) =>
    bit === '1' ? ('rwx'[i % 3] as string) : '-',
  )
  return {
    gid: String(found.gid === 0 ? 'root' : found.gid),
    mode: `${kind}${bits.join('')}`,
    mtime: Math.floor(found.mtimeMs / 1000),
    nlink: found.nlink,
    path,
    size: found.size,
    uid: String(found.uid === 0 ? 'root' : found.uid),
  }
}

/** `/files/read`: a part of a file; an offset of -1 only asks for its size. */
export function read(query: URLSearchParams, roots: readonly string[]): Reply {
  const given = query.get('path')
  if (given === null) return text(400, "Expecting 'path=value' in query.\n")
  const path = normalize(given)
  if (!allowed(path, roots)) return text(404, '')
  const [offset, length] = [Number(query.get('offset') ?? -1), Number(query.get('length') ?? MOST)]
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return text(404, '')
  }
  try {
    const { size } = fstatSync(file)
    if (offset < 0) return json({ data: '', offset: size })
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, MOST, size - offset)))
    readSync(file, bytes, 0, bytes.length, offset)
    return json({ data: bytes.toString('utf8'), offset })
  } finally {
    closeSync(file)
  }
}
