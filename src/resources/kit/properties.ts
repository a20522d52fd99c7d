/** Schemas of properties that several types share. Each is optional, with its default. */
import { types } from 'node:util'
import * as v from 'valibot'
import { mustBe, shown } from '../../lib/check/kinds.ts'
import { isResource, type Resource } from '../../model/resource.ts'
import { Secret } from '../../shell/secret.ts'

/** `present` or `absent`. @param absent what `absent` does, if that is not obvious */
export const ensure = (absent?: string) => {
  const schema = v.optional(v.picklist(['present', 'absent']), 'present')
  return absent === undefined ? schema : v.pipe(schema, v.description(absent))
}

const RESOURCE = 'a resource such as file(…) gives'

/** A list of resources. */
export const resources = () =>
  v.array(v.pipe(v.custom<Resource>(isResource, RESOURCE), v.title('Resource')), 'a list of resources')

/** Rejects text with half a surrogate pair, which has no encoding and would be replaced with another character. */
export const wellFormed = v.pipe(
  v.string(),
  v.check((text) => !/\p{Surrogate}/u.test(text), 'is not well-formed text: it contains half of a surrogate pair'),
)

/** Bytes, a Buffer for example; from a `vm` (Jest) too, whose classes are not ours. */
export const rawBytes = v.pipe(v.custom<Uint8Array>(types.isUint8Array), v.title('Uint8Array'))

/** Accepts an object with exactly these keys, all of them strings. */
const textsOf = (keys: string) => (given: unknown) =>
  typeof given === 'object' &&
  given !== null &&
  Object.keys(given).toSorted().join() === keys &&
  Object.values(given).every((value) => typeof value === 'string')

/** A file of this machine, `{ file: PATH }`. */
const localFile = v.pipe(v.custom<{ readonly file: string }>(textsOf('file')), v.title('{ file: string }'))

/** A URL that the host fetches, and its digest. */
const remoteFile = v.pipe(
  v.custom<{ readonly url: string; readonly sha256: string }>(textsOf('sha256,url')),
  v.title('{ url: string; sha256: string }'),
)

/** The content of a file: text, bytes, a secret, a file of this machine, or a URL. */
export const fileContent = v.union(
  [wellFormed, rawBytes, v.instance(Secret), localFile, remoteFile],
  mustBe('text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }'),
)

/** The words of one command line, each as a schema says. */
export const wordsOf = <Word extends v.GenericSchema<string>>(word: Word) =>
  v.pipe(
    v.array(word),
    v.nonEmpty(),
    v.check(
      ([first]) => first?.trim() !== '',
      ({ input: [first] }) => `must begin with a program, not ${shown(first)}`,
    ),
  )
/** The words of one command line. */
export const commandWords = wordsOf(v.string())

/** A path on the host. */
export const hostPath = v.pipe(
  v.string(),
  v.regex(/^\//, 'an absolute path'),
  v.regex(/^[^\x00-\x1f\x7f]*$/, 'a path without control characters'),
)
