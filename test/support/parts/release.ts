import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { codeOf, message } from '../../../src/lib/message.ts'
import type { Builder } from './builder.ts'

/** A program as its maker publishes it: the zip's URL, and its sum. */
export interface Release {
  readonly url: string
  readonly sha256: string
}

/** For how long a server may say nothing, and how long a download may take. Milliseconds. */
export interface Patience {
  readonly quiet: number
  readonly whole: number
}
/** How long a download takes, roughly. Seconds. */
export const FETCHING = 10
const PATIENCE: Patience = { quiet: 5000, whole: 120_000 }

const ARCH = process.arch === 'x64' ? 'amd64' : process.arch

/** HashiCorp's zip for this machine's architecture, by the sum of each. */
export function hashicorp(name: string, version: string, sums: Readonly<Record<string, string>>): Release | undefined {
  const sha256 = sums[ARCH]
  const url = `https://releases.hashicorp.com/${name}/${version}/${name}_${version}_linux_${ARCH}.zip`
  return sha256 === undefined ? undefined : { url, sha256 }
}

/** Asks for a URL, and gives up once nothing is heard any more. @throws Error: one sentence */
async function ask(
  url: string,
  method: 'GET' | 'HEAD',
  { quiet, whole }: Patience,
  take: (bytes: Uint8Array) => unknown,
): Promise<void> {
  const stop = new AbortController()
  const silent = setTimeout(() => stop.abort(new Error(`it says nothing for ${quiet / 1000} s`)), quiet)
  const long = setTimeout(() => stop.abort(new Error(`it takes longer than ${whole / 1000} s`)), whole)
  try {
    const answer = await fetch(url, { method, signal: stop.signal })
    if (!answer.ok) throw new Error(`it answers ${answer.status}`)
    for await (const bytes of answer.body ?? []) {
      silent.refresh()
      take(bytes)
    }
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new Error(`${url} cannot be had: ${codeOf(cause) ?? message(cause)}`)
  } finally {
    clearTimeout(silent)
    clearTimeout(long)
  }
}

/** Whether a release answers from here: within seconds, so that one can be told beforehand how long all takes. */
export const answers = ({ url }: Release, patience = PATIENCE): Promise<boolean> =>
  ask(url, 'HEAD', patience, () => undefined).then(
    () => true,
    () => false,
  )

/** What a release depends on: what was fetched from another place, or had another sum, is another part. */
export const inputsOf = ({ url, sha256 }: Release): readonly string[] => [url, sha256]

/** Fetches a release. What has another sum than the pinned one is thrown away. */
export function fetching(release: Release, version: string, patience = PATIENCE): Builder {
  const { url, sha256 } = release
  return {
    version,
    seconds: FETCHING,
    missing: () => undefined,
    inputs: () => inputsOf(release),
    async build(into) {
      const parts: Uint8Array[] = []
      await ask(url, 'GET', patience, (bytes) => parts.push(bytes))
      const bytes = Buffer.concat(parts)
      const sum = createHash('sha256').update(bytes).digest('hex')
      if (sum !== sha256) throw new Error(`${url} is not taken: its sum is ${sum}, not ${sha256}`)
      writeFileSync(join(into, basename(url)), bytes)
      return basename(url)
    },
  }
}
