/** Properties that several types have, as their schemas say them. Each is optional, with its default. */
import * as v from 'valibot'
import { isResource, type Resource } from '../../model/resource.ts'

/** `present` or `absent`. @param absent what `absent` does, where that is not plain */
export const ensure = (absent?: string) => {
  const schema = v.optional(v.picklist(['present', 'absent']), 'present')
  return absent === undefined ? schema : v.pipe(schema, v.description(absent))
}

const RESOURCE = 'a resource such as file(…) gives'

/** A list of resources. */
export const resources = () => v.array(v.pipe(v.custom<Resource>(isResource, RESOURCE), v.title('Resource')), 'a list of resources')
