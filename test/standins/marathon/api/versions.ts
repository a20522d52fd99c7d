import { put, type Turn } from '../core/turn.ts'
import { appOf } from './apps.ts'
import { notFound, Refusal, type Response } from './http.ts'

export const listVersions = (turn: Turn, id: string): Response => {
  appOf(turn, id)
  return {
    status: 200,
    body: {
      versions: [...new Set([...Object.keys(turn.world.history[id] ?? {}), ...(turn.world.askedVersions[id] ?? [])])],
    },
  }
}

/** One version. To ask for one that is not there puts it into the list: a cache of the real one. */
export const getVersion = (turn: Turn, id: string, version: string): Response => {
  if (Number.isNaN(Date.parse(version)))
    throw new Refusal(422, { message: `Invalid timestamp provided '${version}'. Expecting ISO-8601 datetime string.` })
  const app = turn.world.history[id]?.[version]
  if (app) return { status: 200, body: app }
  put(turn, 'askedVersions', id, [...(turn.world.askedVersions[id] ?? []), version])
  throw notFound(`App '${id}' does not exist in version ${version}`)
}
