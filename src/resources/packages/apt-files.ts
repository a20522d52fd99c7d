import type { FileProps } from '../files/file.ts'

/** The files of a repository: its list, and its key in one of two forms. */
export type Part = 'sources' | 'asc' | 'gpg'

/** The path of a part of a repository. */
export const pathOf = (name: string, part: Part): string =>
  part === 'sources' ? `/etc/apt/sources.list.d/${name}.sources` : `/etc/apt/keyrings/${name}.${part}`

/** The files that define a repository. Times in seconds since 1970. */
export interface AptRepositoryProps {
  readonly ensure: 'present' | 'absent'
  /** One line for users. */
  readonly summary: string
  readonly files: Readonly<Record<Part, FileProps>>
  /** When the key expires, if that is known beforehand. */
  readonly expires?: number
  readonly keyring?: string
  readonly fetch?: { readonly url: string; readonly sha256: string; readonly as: 'asc' | 'gpg' }
}
