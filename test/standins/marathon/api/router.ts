import { absolute } from '../core/ids.ts'
import type { Turn } from '../core/turn.ts'
import { info, metrics, ping, plugins } from './about.ts'
import { deleteApp, getApp, listApps, listGroup, postApp, putApp, putApps, restartApp } from './apps.ts'
import { deleteDeployment, listDeployments } from './deployments.ts'
import { getGroup, groupVersions } from './groups.ts'
import { Refusal, type Request, type Response } from './http.ts'
import { deleteDelay, listQueue } from './queue.ts'
import { deleteAppTask, deleteAppTasks, deleteTasks, listAppTasks, listTasks } from './tasks.ts'
import { getVersion, listVersions } from './versions.ts'

type Handler = (turn: Turn, request: Request, ...parts: string[]) => Response
type Methods = Readonly<Record<string, Handler>>

const id = (text: string | undefined): string => absolute(decodeURIComponent(text ?? ''))

/** What is behind a path, the most particular first. Slashes may be doubled, and one may follow. */
const routes: readonly [RegExp, Methods][] = [
  [/^\/ping$/, { GET: ping }],
  [/^\/metrics$/, { GET: metrics }],
  [/^\/v2\/info$/, { GET: info }],
  [/^\/v2\/plugins$/, { GET: plugins }],
  [/^\/v2\/apps\/?$/, { GET: listApps, POST: postApp, PUT: putApps, PATCH: putApps }],
  [/^\/v2\/apps\/(.*?)\/*\*$/, { GET: (turn, request, group) => listGroup(turn, request, id(group)) }],
  [
    /^\/v2\/apps\/(.+)\/tasks\/([^/]+)$/,
    { DELETE: (turn, request, app, task) => deleteAppTask(turn, request, id(app), decodeURIComponent(task as string)) },
  ],
  [
    /^\/v2\/apps\/(.+)\/tasks\/?$/,
    {
      GET: (turn, _, app) => listAppTasks(turn, id(app)),
      DELETE: (turn, request, app) => deleteAppTasks(turn, request, id(app)),
    },
  ],
  [
    /^\/v2\/apps\/(.+)\/versions\/([^/]+)$/,
    { GET: (turn, _, app, version) => getVersion(turn, id(app), decodeURIComponent(version as string)) },
  ],
  [/^\/v2\/apps\/(.+)\/versions\/?$/, { GET: (turn, _, app) => listVersions(turn, id(app)) }],
  [/^\/v2\/apps\/(.+)\/restart$/, { POST: (turn, request, app) => restartApp(turn, request, id(app)) }],
  [
    /^\/v2\/apps\/(.+)$/,
    {
      GET: (turn, request, app) => getApp(turn, request, id(app)),
      PUT: (turn, request, app) => putApp(turn, request, id(app)),
      PATCH: (turn, request, app) => putApp(turn, request, id(app)),
      DELETE: (turn, request, app) => deleteApp(turn, request, id(app)),
    },
  ],
  [/^\/v2\/tasks\/?$/, { GET: listTasks }],
  [/^\/v2\/tasks\/delete$/, { POST: deleteTasks }],
  [/^\/v2\/deployments\/?$/, { GET: listDeployments }],
  [
    /^\/v2\/deployments\/([^/]+)$/,
    { DELETE: (turn, request, deployment) => deleteDeployment(turn, request, deployment as string) },
  ],
  [/^\/v2\/queue\/?$/, { GET: listQueue }],
  [/^\/v2\/queue\/(.+)\/delay$/, { DELETE: (turn, _, app) => deleteDelay(turn, id(app)) }],
  [/^\/v2\/groups\/versions$/, { GET: groupVersions }],
  [/^\/v2\/groups\/?(.*)$/, { GET: (turn, request, group) => getGroup(turn, request, id(group)) }],
]

const ORDER = ['HEAD', 'POST', 'GET', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']

const acceptable = (accept: string | undefined): boolean =>
  accept === undefined || /\*\/\*|application\/(json|\*)/i.test(accept)

const dispatch = (turn: Turn, request: Request): Response => {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  for (const [pattern, methods] of routes) {
    const found = pattern.exec(request.path)
    if (!found) continue
    const known = [...Object.keys(methods), 'OPTIONS', ...('GET' in methods ? ['HEAD'] : [])]
    if (method === 'OPTIONS')
      return { status: 200, headers: { Allow: ORDER.filter((name) => known.includes(name)).join(',') } }
    const handler = methods[method]
    if (!handler) throw new Refusal(405, { message: 'Method Not Allowed' })
    if (request.path !== '/ping' && !acceptable(request.headers.accept))
      throw new Refusal(406, { message: 'Not Acceptable' })
    return handler(turn, request, ...found.slice(1))
  }
  throw new Refusal(500, { message: 'URI not found' })
}

/** Answers a request. What a refused one has already led to stands: events, versions, locks. */
export const answer = (turn: Turn, request: Request): Response => {
  try {
    return dispatch(turn, request)
  } catch (error) {
    if (error instanceof Refusal) return error.response
    throw error
  }
}
