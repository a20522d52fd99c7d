import { addressOf } from '../common/address.ts'
import { type Handler, type Reply, serve, text } from '../common/http.ts'
import { accept } from '../common/link.ts'
import { openLog } from '../common/log.ts'
import { MASTER_FLAGS } from '../common/master-flags.ts'
import type { FromAgent, ToAgent } from '../common/messages.ts'
import { refuseTls } from '../common/tls.ts'
import { flagsOrEnd } from '../common/usage.ts'
import { accessOf } from './access.ts'
import { serveAgent } from './agents.ts'
import { checkFlags } from './check.ts'
import { ensembleOf } from './ensemble.ts'
import { masterInfo } from './info.ts'
import { lead } from './lead.ts'
import { Registrar } from './registry.ts'
import { leaderRoutes, ownRoutes } from './routes.ts'
import { scheduler } from './scheduler.ts'
import { newState } from './state.ts'

const NOBODY = text(503, 'No leader elected')

/** A stand-in for mesos-master. */
export async function main(args: readonly string[]): Promise<void> {
  process.title = 'mesos-master'
  const flags = flagsOrEnd('mesos-master', MASTER_FLAGS, args)
  const log = openLog('mesos-master', flags.text('log_dir'))
  refuseTls(process.env, log)
  const needs = checkFlags(flags, log)
  const address = addressOf(flags, process.env)
  const info = masterInfo(address)
  const state = newState({ info, flags, log, registrar: new Registrar() })
  const access = accessOf(flags)
  const ensemble = ensembleOf(needs, info, log)

  const elsewhere = (path: string): Reply => {
    const leader = ensemble.leader()
    return leader ? { status: 307, headers: { Location: `//${leader.hostname}:${leader.port}${path}` } } : NOBODY
  }
  const forLeader =
    (handle: Handler): Handler =>
    (ask) =>
      ensemble.leads() ? handle(ask) : elsewhere(`/master${ask.path}${ask.query.size > 0 ? `?${ask.query}` : ''}`)
  const own = ownRoutes(state, { leading: ensemble.leads, replicas: ensemble.replicas, redirect: () => elsewhere('') })
  const routes = new Map<string, Handler>([
    ...own,
    ...[...leaderRoutes(state)].map(([path, handle]) => [path, forLeader(handle)] as const),
    ['/api/v1/scheduler', forLeader((ask) => scheduler(state, ask, access.principal(ask)))],
  ])

  const agents = (socket: Parameters<typeof accept>[0]): void => {
    if (ensemble.leads() && state.recovered) serveAgent(state, accept<FromAgent, ToAgent>(socket), access.agent)
    else socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')
  }
  const site = { prefix: '/master', routes, before: access.refusal, upgrades: new Map([['/stand-in/agent', agents]]) }
  const { ip } = { ip: flags.text('ip') }
  await serve(site, { port: address.port, ...(ip !== undefined && { ip }) }).catch((error: NodeJS.ErrnoException) =>
    log.exit(
      'process.cpp:1100',
      `Failed to initialize: Failed to bind on ${address.ip}:${address.port}: ${error.code === 'EADDRINUSE' ? 'Address already in use' : error.message}`,
    ),
  )
  log.info('master.cpp:440', `Master ${info.id} (${info.hostname}) started on ${address.ip}:${address.port}`)
  ensemble.begin(() => lead(state, ensemble.quorate, ensemble.store))
}
