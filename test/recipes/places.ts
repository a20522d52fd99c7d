import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'

interface Described {
  readonly properties?: Readonly<Record<string, Described>>
  readonly items?: Described
  readonly additionalProperties?: Described | boolean
  readonly anyOf?: readonly Described[]
}

const below = ({ properties = {}, items, additionalProperties, anyOf = [] }: Described, at = ''): readonly string[] => {
  const each = typeof additionalProperties === 'object' ? additionalProperties : undefined
  const holds = Object.keys(properties).length > 0 || items?.properties !== undefined || each?.properties !== undefined
  return [
    ...(at === '' || holds ? [] : [at]),
    ...Object.entries(properties).flatMap(([name, of]) => below(of, at === '' ? name : `${at}.${name}`)),
    ...(items?.properties === undefined ? [] : below(items, `${at}[]`)),
    ...(each?.properties === undefined ? [] : below(each, `${at}.*`)),
    ...anyOf.filter(({ properties }) => properties !== undefined).flatMap((of) => below(of, at)),
  ]
}

/** The places of all variables of a recipe: `tls.port`, `tls.certificates[].key`, `registries.*.username`. */
export const placesOf = (attributes: GenericSchema): readonly string[] =>
  below(toJsonSchema(attributes, { typeMode: 'input', errorMode: 'ignore' }) as Described)
