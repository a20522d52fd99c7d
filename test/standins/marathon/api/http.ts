/** A request for the leader, whoever it came through. */
export interface Request {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  /** The client's address. */
  readonly client: string
}

export interface Response {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON; absent is an empty body. */
  readonly body?: unknown
  /** Instead of JSON. */
  readonly text?: string
}

/** An answer that is not a success: thrown by handlers, it becomes the response. */
export class Refusal extends Error {
  readonly response: Response

  constructor(status: number, body: { readonly message: string; readonly [field: string]: unknown }) {
    super(body.message)
    this.response = { status, body }
  }
}

/** `details: []` comes with some 404s and not with others, by the path that makes them. */
export const notFound = (message: string, details = true): Refusal =>
  new Refusal(404, { message, ...(details && { details: [] }) })

export const flag = (request: Request, name: string, otherwise = false): boolean => {
  const value = request.query.get(name)
  return value === null ? otherwise : value === '' || value === 'true'
}
