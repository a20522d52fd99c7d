import { marked, versioned } from '../app/difference.ts'
import type { App } from '../app/types.ts'
import { emit, type Turn } from '../core/turn.ts'
import { invalid, json } from './body.ts'
import { change, result } from './change.ts'
import { define, idOf, readUpdate, update } from './define.ts'
import { flag, notFound, Refusal, type Request, type Response } from './http.ts'
import { selector } from './selector.ts'
import { type Embed, embeds, showApp } from './views/app.ts'

const LISTED: readonly Embed[] = ['counts', 'deployments']
const SINGLE: readonly Embed[] = ['tasks', 'counts', 'deployments', 'lastTaskFailure']

/** @throws Refusal 404 */
export const appOf = (turn: Turn, id: string, details = true): App => {
  const app = turn.world.apps[id]
  if (!app) throw notFound(`App '${id}' does not exist`, details)
  return app
}

const posted = (turn: Turn, request: Request, appDefinition: unknown): void =>
  emit(turn, 'api_post_event', { clientIp: request.client, uri: request.path, appDefinition })

/** As it is stored: without what is only known of a running app, and before it has service ports. */
const unstored = ({ versionInfo, ...app }: App) => app

const location = (request: Request, id: string) => ({ Location: `http://${request.headers.host ?? 'localhost'}${id}` })

/** GET /v2/apps */
export const listApps = (turn: Turn, request: Request): Response => {
  const id = request.query.get('id')
  const cmd = request.query.get('cmd')
  const labels = request.query.get('label')
  const fits = labels === null ? () => true : selector(labels)
  const embed = embeds(request.query, LISTED)
  const apps = Object.values(turn.world.apps).filter(
    (app) =>
      (id === null || app.id.includes(id)) && (cmd === null || (app.cmd ?? '').includes(cmd)) && fits(app.labels),
  )
  return { status: 200, body: { apps: apps.map((app) => showApp(turn.world, app, embed, turn.now)) } }
}

/** GET /v2/apps/group/* */
export const listGroup = (turn: Turn, request: Request, group: string): Response => {
  const prefix = group === '/' ? '/' : `${group}/`
  const apps = Object.values(turn.world.apps).filter((app) => app.id.startsWith(prefix))
  return {
    status: 200,
    body: { '*': apps.map((app) => showApp(turn.world, app, embeds(request.query, SINGLE), turn.now)) },
  }
}

export const getApp = (turn: Turn, request: Request, id: string): Response => ({
  status: 200,
  body: { app: showApp(turn.world, appOf(turn, id), embeds(request.query, SINGLE), turn.now) },
})

/** Creates an app. @throws Refusal 409 where it exists */
export const postApp = (turn: Turn, request: Request): Response => {
  const app = define(turn.world, json(request))
  let asked = app
  const plan = change(
    turn,
    (apps, version) => {
      if (apps[app.id]) throw new Refusal(409, { message: `An app with id [${app.id}] already exists.` })
      asked = versioned(undefined, app, version)
      return { ...apps, [app.id]: asked }
    },
    { force: flag(request, 'force') },
  )
  posted(turn, request, unstored(asked))
  const body = {
    ...unstored(asked),
    tasksStaged: 0,
    tasksRunning: 0,
    tasksHealthy: 0,
    tasksUnhealthy: 0,
    deployments: [{ id: plan.id }],
  }
  return { status: 201, headers: { ...location(request, app.id), 'Marathon-Deployment-Id': plan.id }, body }
}

/** Creates or changes one app. PATCH creates none, yet says so in its own way. */
export const putApp = (turn: Turn, request: Request, id: string): Response => {
  const body = readUpdate(json(request))
  const exists = id in turn.world.apps
  const partial = flag(request, 'partialUpdate', true)
  let asked: App | undefined
  const plan = change(
    turn,
    (apps, version) => {
      asked = update(turn.world, id, body, partial, version)
      return { ...apps, [id]: asked }
    },
    { force: flag(request, 'force') },
  )
  posted(turn, request, asked && unstored(asked))
  return exists ? result(plan) : result(plan, 201, location(request, id))
}

/** Changes many apps in one deployment. */
export const putApps = (turn: Turn, request: Request): Response => {
  const body = json(request)
  if (!Array.isArray(body)) throw invalid('Invalid JSON', [{ path: '/', error: 'error.expected.jsarray' }])
  const updates = body.map((one, index) => readUpdate(one, `(${index})`))
  const partial = flag(request, 'partialUpdate', true)
  const plan = change(
    turn,
    (apps, version) => {
      const changed = updates.map((one) => [idOf(one), update(turn.world, idOf(one), one, partial, version)] as const)
      return { ...apps, ...Object.fromEntries(changed) }
    },
    { force: flag(request, 'force') },
  )
  return result(plan)
}

/** Removes an app: at once from the API, its tasks as they die. Forced unless it is asked not to be. */
export const deleteApp = (turn: Turn, request: Request, id: string): Response => {
  const plan = change(
    turn,
    (apps) => {
      appOf(turn, id, false)
      const { [id]: _, ...rest } = apps
      return rest
    },
    { force: flag(request, 'force', true) },
  )
  return result(plan)
}

export const restartApp = (turn: Turn, request: Request, id: string): Response => {
  const plan = change(turn, (apps, version) => ({ ...apps, [id]: marked(appOf(turn, id, false), version) }), {
    force: flag(request, 'force'),
  })
  return result(plan)
}
