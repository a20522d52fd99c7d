import { parseZkUrl, ZooKeeper } from '../../zookeeper.ts'
import { addressOf } from '../common/address.ts'
import { AGENT_FLAGS } from '../common/agent-flags.ts'
import { serve } from '../common/http.ts'
import { followLeader } from '../common/leader.ts'
import { openLog } from '../common/log.ts'
import { refuseTls } from '../common/tls.ts'
import { flagsOrEnd } from '../common/usage.ts'
import { checkStart } from './check.ts'
import { Checkpoint } from './checkpoint.ts'
import { serveExecutor } from './executors.ts'
import { agentInfo } from './info.ts'
import { recover } from './recover.ts'
import { followMaster } from './registration.ts'
import { agentRefusal, agentRoutes } from './routes.ts'
import type { State } from './state.ts'

/** A stand-in for mesos-agent; `program` is what it is called by. */
export async function main(program: string, args: readonly string[]): Promise<void> {
  process.title = program
  const flags = flagsOrEnd(program, AGENT_FLAGS, args)
  const log = openLog(program, flags.text('log_dir'))
  refuseTls(process.env, log)
  checkStart(flags, log)
  const address = addressOf(flags, process.env)
  const checkpoint = new Checkpoint(flags.text('work_dir') ?? '')
  const info = agentInfo(flags, address, log)
  const state: State = {
    flags,
    log,
    address,
    checkpoint,
    info,
    startTime: Date.now() / 1000,
    recovered: false,
    recoverySeconds: 0,
    runs: new Map(),
    completed: [],
    ended: new Set(),
    pulls: [],
  }
  const site = {
    prefix: '/slave(1)',
    routes: agentRoutes(state),
    before: agentRefusal(flags),
    upgrades: new Map([
      ['/stand-in/executor', (socket: Parameters<typeof serveExecutor>[1]) => serveExecutor(state, socket)],
    ]),
  }
  const ip = flags.text('ip')
  await serve(site, { port: address.port, ...(ip !== undefined && { ip }) }).catch((error: NodeJS.ErrnoException) =>
    log.exit(
      'process.cpp:1100',
      `Failed to initialize: Failed to bind on ${address.ip}:${address.port}: ${error.code === 'EADDRINUSE' ? 'Address already in use' : error.message}`,
    ),
  )
  await recover(state)
  detect(state)
  await followMaster(state)
}

/** Follows who leads: through ZooKeeper, or always the one that the flag names. */
function detect(state: State): void {
  const given = state.flags.text('master') ?? ''
  if (!given.startsWith('zk://')) {
    const [ip = '', port = '5050'] = given.split(':')
    state.master = { id: given, hostname: ip, address: { ip, port: Number(port) } }
    return
  }
  const url = parseZkUrl(given)
  const zk = new ZooKeeper({
    servers: url.servers,
    ...(url.auth !== undefined && { auth: url.auth }),
    timeout: state.flags.ms('zk_session_timeout') ?? 10_000,
  })
  followLeader<NonNullable<State['master']>>(zk, url.path, (found) => {
    if (found) state.master = found
    else delete state.master
    state.log.info(
      'slave.cpp:1100',
      found ? `New master detected at master@${found.address.ip}:${found.address.port}` : 'Lost leading master',
    )
  })
  zk.on('state', (now) => {
    if (now === 'expired') detect(state) // a new session, for ever
  })
}
