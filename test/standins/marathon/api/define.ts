import { versioned } from '../app/difference.ts'
import { legacy } from '../app/legacy.ts'
import { normalize } from '../app/normalize.ts'
import { readType } from '../app/read.ts'
import { keepServicePorts } from '../app/service-ports.ts'
import type { App } from '../app/types.ts'
import { validate } from '../app/validate/index.ts'
import { absolute, parent } from '../core/ids.ts'
import type { World } from '../core/world.ts'
import { invalid } from './body.ts'
import { notFound } from './http.ts'

type Json = Record<string, unknown>

/** Every group that an app is in, but the root. */
const groups = (world: World): string[] => {
  const all = new Set<string>()
  for (const id of Object.keys(world.apps)) for (let up = parent(id); up !== '/'; up = parent(up)) all.add(up)
  return [...all]
}

const checked = (world: World, app: App, given: Json): App => {
  const { features, roles } = world.settings
  const faults = validate(app, given, { features, roles, groups: groups(world) })
  if (faults.length > 0) throw invalid('Object is not valid', faults)
  return app
}

/** A whole definition from a body. @throws Refusal 422 */
export const define = (world: World, body: unknown): App => {
  const faults = readType('App', body)
  if (faults.length > 0) throw invalid('Invalid JSON', faults)
  return checked(world, normalize(body as Json), body as Json)
}

/**
 * What an update makes of an app: fields that it does not give stay as they are, or go back to the defaults. @throws
 * Refusal 404, 422
 */
const updated = (world: World, id: string, body: Json, partial: boolean): App => {
  const { version } = body
  const before = world.apps[id]
  if (typeof version === 'string') {
    if (Object.keys(body).some((field) => field !== 'version' && field !== 'id'))
      throw invalid('Object is not valid', [
        { path: '/', error: "The 'version' field may only be combined with the 'id' field." },
      ])
    const old = world.history[id]?.[version]
    if (!old) throw notFound(`App '${id}' does not exist`, false)
    return old
  }
  const { version: _v, versionInfo: _i, ...kept } = (partial && before ? before : {}) as Json
  return checked(world, normalize({ ...kept, ...legacy(body), id }), body)
}

/** Checks the form of an update, which need not have an id. @throws Refusal 422 */
export const readUpdate = (body: unknown, path = ''): Json => {
  const faults = readType('App', body, path, true)
  if (faults.length > 0) throw invalid('Invalid JSON', faults)
  return body as Json
}

/** The app that a PUT leads to, with its version. */
export const update = (world: World, id: string, body: Json, partial: boolean, version: string): App =>
  versioned(world.apps[id], keepServicePorts(updated(world, id, body, partial), world.apps[id]), version)

/** The id of an element of a bulk update. */
export const idOf = (body: Json): string => absolute(String(body.id))
