import { createHash } from 'node:crypto'

/** An absolute path id: `web`, `/web/` and `//web` are all `/web`. */
export const absolute = (id: string, base = '/'): string => {
  const parts = (id.startsWith('/') ? id : `${base}/${id}`).split('/').filter(Boolean)
  return `/${parts.join('/')}`
}

/** The group that an id is in. */
export const parent = (id: string): string => id.slice(0, Math.max(1, id.lastIndexOf('/')))

/** Safe in a task id: `/shop/be/db` is `shop_be_db`. */
export const safe = (app: string): string => app.slice(1).replaceAll('/', '_')

/** The name that Mesos shows: `/grp/envy` is `envy.grp`. */
export const reversed = (app: string): string => app.slice(1).split('/').reverse().join('.')

/** 100 ns since 1582, where the time of a UUID of version 1 starts. */
const GREGORIAN = 122_192_928_000_000_000n

/** A UUID of version 1; `serial` tells apart what was made in one millisecond, `node` who made it (12 hex digits). */
export const timeUuid = (now: number, serial: number, node: string): string => {
  const ticks = (BigInt(now) * 10_000n + BigInt(serial % 10_000) + GREGORIAN).toString(16).padStart(15, '0')
  return `${ticks.slice(7)}-${ticks.slice(3, 7)}-1${ticks.slice(0, 3)}-8138-${node}`
}

/** A UUID in the form of version 4, the same for the same seed. */
export const seededUuid = (seed: string): string => {
  const hex = createHash('sha256').update(seed).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export const instanceId = (app: string, uuid: string): string => `${safe(app)}.instance-${uuid}`

/** The incarnation is counted from 1; a relaunched task keeps its instance. */
export const taskId = (instance: string, incarnation: number): string => `${instance}._app.${incarnation}`

/** The instance that a task id names, whichever incarnation; nothing where it is no task id. */
export const instanceOf = (task: string): string | undefined =>
  /^(.+\.(?:instance-|marathon-)[^.]+)(?:\..+)?$/.exec(task)?.[1]
