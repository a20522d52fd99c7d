import { join } from 'node:path'
import { principalOf, readCredentials, unauthorized } from '../common/auth.ts'
import { BUILD, VERSION } from '../common/build.ts'
import type { Flags } from '../common/flags.ts'
import { type Ask, EMPTY, type Handler, json, type Reply, text } from '../common/http.ts'
import { twoASecond } from '../common/rate-limit.ts'
import { containersOf, containersView } from './containers.ts'
import { browse, read } from './files.ts'
import { metrics } from './metrics.ts'
import { frameworkOf, idOf } from './run.ts'
import type { State } from './state.ts'
import { v1 } from './v1.ts'
import { executorName, stateView } from './views.ts'

/** What an agent answers. */
export function agentRoutes(state: State): ReadonlyMap<string, Handler> {
  const { flags } = state
  const turn = twoASecond()
  const roots = [
    join(flags.text('work_dir') ?? '', 'slaves'),
    ...(flags.text('log_dir') === undefined ? [] : ['/slave/log']),
  ]
  const recovered =
    (handle: Handler): Handler =>
    (ask) =>
      state.recovered ? handle(ask) : text(503, 'Agent has not finished recovery')
  return new Map<string, Handler>([
    ['/health', () => EMPTY],
    ['/version', () => json({ ...BUILD, version: VERSION })],
    ['/flags', () => json({ flags: flags.shown })],
    ['/state', recovered(() => json(stateView(state)))],
    ['/containers', async () => json(await containersView(state))],
    ['/monitor/statistics', async () => json(await monitored(state))],
    ['/files/browse', ({ query }) => browse(query, roots)],
    ['/files/read', ({ query }) => read(query, roots)],
    ['/api/v1', (ask) => v1(state, ask)],
    [
      '/metrics/snapshot',
      async () => {
        await turn()
        return json(metrics(state))
      },
    ],
  ])
}

const monitored = async (state: State): Promise<object[]> =>
  (await containersOf(state)).flatMap(({ run, statistics }) =>
    statistics
      ? [
          {
            executor_id: idOf(run),
            executor_name: executorName(run),
            framework_id: frameworkOf(run),
            source: idOf(run),
            statistics,
          },
        ]
      : [],
  )

const FREE = new Set(['/health', '/version'])
const WRITE = new Set(['/api/v1'])

/** Refuses who may not ask, by the agent's flags and its file of credentials. */
export function agentRefusal(flags: Flags): (ask: Ask) => Reply | undefined {
  const path = flags.text('http_credentials')
  const known = path === undefined ? new Map<string, string>() : readCredentials(path)
  return (ask) => {
    if (FREE.has(ask.path)) return undefined
    const kind = WRITE.has(ask.path) ? 'readwrite' : 'readonly'
    return flags.on(`authenticate_http_${kind}`) && principalOf(ask, known) === undefined
      ? unauthorized(`mesos-agent-${kind}`)
      : undefined
  }
}
