import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { codeOf, message } from '../../../src/lib/message.ts'
import type { Builder } from './builder.ts'

/** A published program: the zip's URL and checksum. */
export interface Release {
  readonly url: string
  readonly sha256: string
}

/** How long a server may be silent, and how long a download may take, in milliseconds. */
export interface Patience {
  readonly quiet: number
  readonly whole: number
}
/** Roughly how many seconds a download takes. */
export const FETCHING = 10
const PATIENCE: Patience = { quiet: 5000, whole: 120_000 }

const ARCH = process.arch === 'x64' ? 'amd64' : process.arch

/** HashiCorp's zip for this machine's architecture, given the checksum of each. */
export function hashicorp(name: string, version: string, sums: Readonly<Record<string, string>>): Release | undefined {
  const sha256 = sums[ARCH]
  const url = `https://releases.hashicorp.com/${name}/${version}/${name}_${version}_linux_${ARCH}.zip`
  return sha256 === undefined ? undefined : { url, sha256 }
}

/** Requests a URL, and gives up when the server goes silent. @throws Error: one sentence */
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

/** Is a release reachable? Answers within seconds, so that the runner can estimate its duration beforehand. */
export const answers = ({ url }: Release, patience = PATIENCE): Promise<boolean> =>
  ask(url, 'HEAD', patience, () => undefined).then(
    () => true,
    () => false,
  )

/** A release's inputs: another URL or checksum makes another part. */
export const inputsOf = ({ url, sha256 }: Release): readonly string[] => [url, sha256]

/** Fetches a release. Discards it if its checksum is not the pinned one. */
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
