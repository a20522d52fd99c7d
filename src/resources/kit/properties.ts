/** Properties that several types have, as their schemas say them. Each is optional, with its default. */
import * as v from 'valibot'

/** `present` or `absent`. @param absent what `absent` does, where that is not plain */
export const ensure = (absent?: string) => {
  const schema = v.optional(v.picklist(['present', 'absent']), 'present')
  return absent === undefined ? schema : v.pipe(schema, v.description(absent))
}
