import * as v from 'valibot'
import { dockerImage, type Resource } from '../../src/index.ts'
import { sha256 } from '../common/attributes.ts'

const sha = (text: string) =>
  v.pipe(
    v.string(),
    v.regex(/^sha256:[0-9a-f]{64}$/, 'a value "sha256:" and 64 hexadecimal digits'),
    v.description(text),
  )
const sum = sha256('Its checksum.')
const place = (text: string) => v.pipe(v.string(), v.nonEmpty(), v.description(text))

/** An image to pull. */
export const pulled = {
  digest: sha('The digest that its registry knows it by.'),
  pull: v.optional(place('The repository it is pulled from. Default: that of its name.')),
}

/** An image to load. */
export const loaded = {
  id: sha('Its ID, as docker image inspect shows it.'),
  source: place('URL, or path of a local file: a tar of docker save.'),
  sha256: sum,
}

/** An image to import from a root file system. */
export const imported = {
  import: v.pipe(
    v.array(v.string()),
    v.description('Lines of a Dockerfile that go with it: ["CMD [\\"/bin/app\\"]"].'),
  ),
  source: place('URL, or path of a local file: a tar of a root file system.'),
  sha256: sum,
}

/** An image's source, in the inventory's notation. */
export type Origin =
  | v.InferOutput<v.StrictObjectSchema<typeof pulled, undefined>>
  | v.InferOutput<v.StrictObjectSchema<typeof loaded, undefined>>
  | v.InferOutput<v.StrictObjectSchema<typeof imported, undefined>>

/** The image, under a name. The host fetches a URL; this machine sends a file. */
export function imageOf(name: string, from: Origin): Resource {
  if ('digest' in from)
    return dockerImage(name, { digest: from.digest, ...(from.pull === undefined ? {} : { pull: from.pull }) })
  const source = /^https?:/.test(from.source) ? from.source : { file: from.source }
  return dockerImage(name, {
    ...('id' in from ? { id: from.id } : { import: from.import }),
    source,
    sha256: from.sha256,
  })
}
