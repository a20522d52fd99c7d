import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { mustBe } from '../../lib/check/kinds.ts'
import { codeOf, message } from '../../lib/message.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { type FileProps, normaliseFile } from '../files/file.ts'
import { downloadFunctions, httpUrl, sum } from '../kit/download.ts'
import { hostPath, rawBytes } from '../kit/properties.ts'
import { replace } from '../kit/put.ts'
import { asText } from '../kit/text-diff.ts'
import { type AptRepositoryProps, pathOf } from './apt-files.ts'
import { isArmored, lastExpiry, publicKeys } from './openpgp.ts'

const text = v.optional(v.pipe(v.string(), v.nonEmpty()))

/** The source of the key that signs a repository. */
export const keySource = v.pipe(
  v.object(
    {
      content: v.optional(v.union([v.string(), rawBytes], mustBe('text or bytes (a Uint8Array)'))),
      file: text,
      url: text,
      sha256: text,
      binary: v.optional(v.boolean(), false),
      keyring: v.optional(hostPath),
    },
    mustBe('{ content }, { file }, { url, sha256 } or { keyring }'),
  ),
  v.description(
    'One of: the key itself (`content`); a file on this machine (`file`); a URL that the host fetches (`url` and `sha256`, with `binary` unless it is the text form, `-----BEGIN PGP…`); a keyring on the host (`keyring`), e.g. `/usr/share/keyrings/debian-archive-keyring.gpg`.',
  ),
)

/** The source of a repository's key, as a recipe gives it. */
export type KeySource = v.InferOutput<typeof keySource>

/** A key, and the properties of the repository that follow from it. */
export interface Key {
  readonly path: string
  readonly id?: string
  readonly files?: Partial<AptRepositoryProps['files']>
  readonly props?: Pick<AptRepositoryProps, 'expires' | 'fetch' | 'keyring'>
}

/** Finds a key, and reads it if it is on this machine. @throws TypeError if it cannot be read or is invalid */
export function keyOf(what: string, name: string, { content, file, url, sha256, binary, keyring }: KeySource): Key {
  if ([content, file, url, keyring].filter((each) => each !== undefined).length !== 1)
    throw new TypeError(`${what}: key must be one of { content }, { file }, { url, sha256 } and { keyring }`)
  if (keyring !== undefined) return { path: keyring, props: { keyring } }
  if (url === undefined)
    return keyAtHand(what, name, file === undefined ? Buffer.from(content ?? '') : read(what, file))
  const { hex } = sum(`${what}: its key`, { sha256 })
  const as = binary ? 'gpg' : 'asc'
  const empty = normaliseFile({ content: '' }, what)
  const unseen = { ...empty, content: { ...empty.content, digest: hex } }
  return {
    path: pathOf(name, as),
    files: { [as]: unseen },
    props: { fetch: { url: httpUrl(`${what}: its key`, url), sha256: hex, as } },
  }
}

function keyAtHand(what: string, name: string, bytes: Buffer): Key {
  try {
    const keys = publicKeys(bytes)
    const as = isArmored(bytes) ? 'asc' : 'gpg'
    const expires = lastExpiry(keys)
    return {
      path: pathOf(name, as),
      id: keys.map((k) => k.id).join(' '),
      files: { [as]: normaliseFile({ content: as === 'asc' ? (asText(bytes) ?? bytes) : bytes }, what) },
      props: expires === undefined ? {} : { expires },
    }
  } catch (error) {
    throw new TypeError(`${what}: its key ${message(error)}`, { cause: error })
  }
}

function read(what: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new TypeError(`${what}: its key ${path} cannot be read: ${codeOf(error)}`, {
      cause: error,
    })
  }
}

/** When a key file on a host expires. */
export function expiryOf(bytes: Uint8Array): number | undefined {
  try {
    return lastExpiry(publicKeys(bytes))
  } catch {
    return undefined // the digest shows that it is wrong
  }
}

/** Is a keyring of a host one? */
export function holdsKeys(bytes: Uint8Array): boolean {
  try {
    return publicKeys(bytes).length > 0
  } catch {
    return false
  }
}

/** sh that fetches a key to its place. */
export const fetchKey = (
  name: string,
  { url, sha256, as }: NonNullable<AptRepositoryProps['fetch']>,
  access: FileProps,
): Script => {
  const other = as === 'asc' ? 'binary: add "binary: true"' : 'text: leave out "binary"'
  return join([
    sh`(`,
    downloadFunctions,
    sh`
      download ${url} sha256 ${sha256}
      armored=gpg; ! head -c 64 "$download" | grep -q -e '-----BEGIN PGP' || armored=asc
      [ "$armored" = ${as} ] || give_up ${`aptRepository ${name}: the key at ${url} is ${other}`}`,
    replace(pathOf(name, as), sh`cat "$download"`, access),
    sh`
      rm -f "$download"
      )`,
  ])
}
