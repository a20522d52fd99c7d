import { BUILD, VERSION } from '../common/build.ts'
import { EMPTY, type Handler, json, type Reply, text } from '../common/http.ts'
import { twoASecond } from '../common/rate-limit.ts'
import { removeFramework } from './frameworks.ts'
import { machinesDown, machinesUp, scheduleView, setSchedule, statusView } from './maintenance.ts'
import { metrics } from './metrics.ts'
import { registryView } from './registry.ts'
import { rolesView } from './roles-view.ts'
import type { State } from './state.ts'
import { frameworksView, slavesView, stateView, summaryView, tasksView } from './state-views.ts'
import { v1 } from './v1.ts'

/** What the master around a state knows: whether it leads, its replicas, where to send who asks somebody else. */
export interface Around {
  leading(): boolean
  replicas(): { readonly size: number; readonly recovered: boolean }
  redirect(): Reply
}

/** What every master answers by itself. */
export function ownRoutes(state: State, around: Around): ReadonlyMap<string, Handler> {
  const turn = twoASecond()
  return new Map<string, Handler>([
    [
      '/',
      () => ({
        status: 200,
        body: '<!DOCTYPE html><title>A stand-in for a Mesos master</title>',
        headers: { 'Content-Type': 'text/html' },
      }),
    ],
    ['/health', () => EMPTY],
    ['/version', () => json({ ...BUILD, version: VERSION })],
    ['/flags', () => json({ flags: state.flags.shown })],
    ['/redirect', () => around.redirect()],
    [
      '/metrics/snapshot',
      async () => {
        await turn()
        return json(metrics(state, around.leading(), around.replicas()))
      },
    ],
    ['/registrar(1)/registry', () => json(registryView(state.registrar.registry, state.info))],
  ])
}

/** What only a leading master answers. */
export function leaderRoutes(state: State): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    ['/state', () => json(stateView(state))],
    ['/state-summary', () => json(summaryView(state))],
    ['/slaves', ({ query }) => json(slavesView(state, query.get('slave_id')))],
    ['/frameworks', () => json({ ...frameworksView(state), unregistered_frameworks: [] })],
    ['/tasks', ({ query }) => json(tasksView(state, query))],
    ['/roles', () => json(rolesView(state))],
    [
      '/maintenance/schedule',
      ({ method, body }) =>
        method === 'POST' ? setSchedule(state, body) : json(scheduleView(state.registrar.registry)),
    ],
    ['/maintenance/status', () => json(statusView(state.registrar.registry))],
    ['/machine/down', ({ body }) => machinesDown(state, body)],
    ['/machine/up', ({ body }) => machinesUp(state, body)],
    ['/teardown', ({ body }) => teardown(state, body)],
    ['/api/v1', (ask) => v1(state, ask)],
  ])
}

function teardown(state: State, body: string): Reply {
  const id = new URLSearchParams(body).get('frameworkId')
  if (id === null) return text(400, "Missing 'frameworkId' query parameter in the request body")
  const framework = state.frameworks.get(id)
  if (!framework) return text(400, 'No framework found with specified ID')
  removeFramework(state, framework)
  return EMPTY
}
