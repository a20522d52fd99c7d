import { digestMeanwhile } from '../../lib/kept/digest.ts'
import { type Resource, repair } from '../../model/resource.ts'
import type { Blob } from '../../shell/script.ts'

/** Checksums of this machine's files, so that a run reads each file once, however many hosts receive it. */
export type FileSums = Map<string, Promise<string>>

/** Why a local file is not the one that the recipe wants; undefined if it is. */
async function wrongFile({ source, sha256, sha512 }: Blob, sums: FileSums): Promise<string | undefined> {
  if (!('path' in source)) return undefined
  const { path } = source
  const algorithm = sha512 === undefined ? 'sha256' : 'sha512'
  const wanted = sha512 ?? sha256
  const key = `${algorithm} ${path}`
  const read = sums.get(key) ?? digestMeanwhile(path, algorithm)
  sums.set(key, read)
  const is = await read
  return is === wanted
    ? undefined
    : `${path} on this machine is not what is wanted: its ${algorithm} is ${is}, not ${wanted}`
}

/** What is wrong with the local files that these steps would send: one sentence each. @throws if one cannot be read */
export async function wrongFiles(resources: readonly Resource[], sums: FileSums): Promise<readonly string[]> {
  const found: string[] = []
  for (const { id, type, name, props } of resources) {
    for (const blob of repair(type, [{ name, props }]).blobs) {
      const wrong = await wrongFile(blob, sums)
      if (wrong !== undefined) found.push(`${id}: ${wrong}`)
    }
  }
  return found
}
