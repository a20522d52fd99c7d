import type { Fault } from '../app/read.ts'
import { Refusal, type Request } from './http.ts'

/** What is wrong with a body as 422, one detail for each path. */
export const invalid = (message: 'Invalid JSON' | 'Object is not valid', faults: readonly Fault[]): Refusal => {
  const paths = [...new Set(faults.map((f) => f.path))]
  const details = paths.map((path) => ({ path, errors: faults.filter((f) => f.path === path).map((f) => f.error) }))
  return new Refusal(422, { message, details })
}

const EMPTY = 'No content to map due to end-of-input\n at [Source: (byte[])""; line: 1, column: 0]'

/** A syntax error in the words of the parser of the real one, as far as they matter. */
const reason = (body: string, error: Error): string => {
  if (
    /end of|Unterminated|Expected .* at position|Unexpected end/i.test(error.message) &&
    !body.trimEnd().endsWith('}')
  )
    return 'Unexpected end-of-input within/between Object entries'
  const found = /^\{\s*([^"\s}])/.exec(body)
  if (found)
    return `Unexpected character ('${found[1]}' (code ${found[1]?.charCodeAt(0)})): was expecting double-quote to start field name`
  return error.message
}

/** The JSON of a request. @throws Refusal 400 for an empty or malformed body, 415 for another type */
export const json = (request: Request): unknown => {
  const type = request.headers['content-type']
  if (type !== undefined && !/^application\/json\b/i.test(type))
    throw new Refusal(415, { message: 'Unsupported Media Type' })
  if (request.body === '') throw new Refusal(400, { message: 'Please specify data in JSON format', details: EMPTY })
  try {
    return JSON.parse(request.body)
  } catch (error) {
    throw new Refusal(400, { message: 'Invalid JSON', details: reason(request.body, error as Error) })
  }
}
