import { readFileSync } from 'node:fs'
import { join, type Script, sh } from '../../shell/script.ts'
import { type FileProps, normaliseFile } from '../files/file.ts'
import { downloadFunctions, httpUrl, sum } from '../kit/download.ts'
import { replace } from '../kit/put.ts'
import type { AptRepositoryProps } from './apt-repository.ts'
import { isArmored, lastExpiry, publicKeys } from './openpgp.ts'

/** The files of a repository: its list, and its key in one of two forms. */
export type Part = keyof AptRepositoryProps['files']

/** Where the key that signs a repository comes from. */
export type KeySource =
  | { readonly content: string | Uint8Array }
  /** A file on this machine, read when the recipe is evaluated. */
  | { readonly file: string }
  /** Fetched by the host. `binary`: it is not the text form (`-----BEGIN PGP…`). */
  | { readonly url: string; readonly sha256: string; readonly binary?: boolean }
  /** A keyring that the host has, e.g. `/usr/share/keyrings/debian-archive-keyring.gpg`. */
  | { readonly keyring: string }

/** Where a part of a repository lies. */
export const pathOf = (name: string, part: Part): string =>
  part === 'sources' ? `/etc/apt/sources.list.d/${name}.sources` : `/etc/apt/keyrings/${name}.${part}`

/** A key, and what a repository's properties say because of it. */
export interface Key {
  readonly path: string
  readonly id?: string
  readonly files?: Partial<AptRepositoryProps['files']>
  readonly props?: Pick<AptRepositoryProps, 'expires' | 'fetch' | 'keyring'>
}

/** Reads a key. @throws TypeError where it cannot be read or is none */
export function keyOf(what: string, name: string, source: KeySource): Key {
  if ('keyring' in source) return { path: source.keyring, props: { keyring: source.keyring } }
  if ('url' in source) {
    const { hex } = sum(`${what}: its key`, { sha256: source.sha256 })
    const as = source.binary ? 'gpg' : 'asc'
    const empty = normaliseFile({ content: '' }, what)
    const unseen = { ...empty, content: { ...empty.content, digest: hex } }
    return {
      path: pathOf(name, as),
      files: { [as]: unseen },
      props: { fetch: { url: httpUrl(`${what}: its key`, source.url), sha256: hex, as } },
    }
  }
  const bytes = 'file' in source ? read(what, source.file) : Buffer.from(source.content as string)
  try {
    const keys = publicKeys(bytes)
    const as = isArmored(bytes) ? 'asc' : 'gpg'
    const expires = lastExpiry(keys)
    const content = as === 'asc' ? bytes.toString('utf8') : bytes
    return {
      path: pathOf(name, as),
      id: keys.map((k) => k.id).join(' '),
      files: { [as]: normaliseFile({ content }, what) },
      props: expires === undefined ? {} : { expires },
    }
  } catch (error) {
    throw new TypeError(`${what}: its key ${(error as Error).message}`, { cause: error })
  }
}

function read(what: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new TypeError(`${what}: its key ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, { cause: error })
  }
}

/** When a key file that lies on a host stops to be believed. */
export function expiryOf(bytes: Uint8Array): number | undefined {
  try {
    return lastExpiry(publicKeys(bytes))
  } catch {
    return undefined // what is wrong with it, its digest says
  }
}

/** sh that fetches a key to its place. */
export const fetchKey = (name: string, { url, sha256, as }: NonNullable<AptRepositoryProps['fetch']>, access: FileProps): Script => {
  const other = as === 'asc' ? 'binary: say so with "binary: true"' : 'text: leave out "binary"'
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
