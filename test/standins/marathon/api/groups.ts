import { parent } from '../core/ids.ts'
import type { Turn } from '../core/turn.ts'
import type { World } from '../core/world.ts'
import { notFound, type Request, type Response } from './http.ts'
import { type Embed, showApp } from './views/app.ts'

const EMBEDS: Readonly<Record<string, readonly Embed[]>> = {
  'group.apps.tasks': ['tasks'],
  'group.apps.counts': ['counts', 'deployments'],
  'group.apps.deployments': ['deployments'],
  'group.apps.readiness': ['readiness'],
  'group.apps.lastTaskFailure': ['lastTaskFailure'],
  'group.apps.taskStats': ['taskStats'],
}

const under = (id: string): string => (id === '/' ? '/' : `${id}/`)

const show = (world: World, id: string, embed: ReadonlySet<Embed>, now: number): Record<string, unknown> => {
  const inside = Object.values(world.apps).filter((app) => app.id.startsWith(under(id)))
  const children = new Set(
    inside
      .filter((app) => parent(app.id) !== id)
      .map((app) => under(id) + (app.id.slice(under(id).length).split('/')[0] as string)),
  )
  return {
    id,
    apps: inside.filter((app) => parent(app.id) === id).map((app) => showApp(world, app, embed, now)),
    pods: [],
    groups: [...children].map((child) => show(world, child, embed, now)),
    dependencies: [],
    version:
      id === '/'
        ? world.rootVersion
        : inside
            .map((app) => app.version)
            .sort()
            .at(-1),
    ...(id !== '/' && { enforceRole: false }),
  }
}

/** GET /v2/groups and /v2/groups/{id}; groups can only be looked at here. */
export const getGroup = (turn: Turn, request: Request, id: string): Response => {
  if (id !== '/' && !Object.keys(turn.world.apps).some((app) => app.startsWith(under(id))))
    throw notFound(`Group '${id}' does not exist`)
  const embed = new Set(request.query.getAll('embed').flatMap((name) => EMBEDS[name] ?? []))
  return { status: 200, body: show(turn.world, id, embed, turn.now) }
}

export const groupVersions = (turn: Turn): Response => ({ status: 200, body: turn.world.rootVersions })
