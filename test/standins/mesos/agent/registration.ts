import { readCredential } from '../common/auth.ts'
import { VERSION } from '../common/build.ts'
import { dial } from '../common/link.ts'
import type { FromAgent, Registration, ToAgent } from '../common/messages.ts'
import type { DrainConfig } from '../common/proto.ts'
import { idOf } from './run.ts'
import type { State } from './state.ts'
import { drain, endFramework, findRun, killTask, runTask } from './tasks.ts'
import { acknowledged, tell } from './updates.ts'

export const CAPABILITIES =
  'MULTI_ROLE HIERARCHICAL_ROLE RESERVATION_REFINEMENT RESOURCE_PROVIDER RESIZE_VOLUME AGENT_OPERATION_FEEDBACK AGENT_DRAINING TASK_RESOURCE_LIMITS'.split(
    ' ',
  )

export const pidOf = ({ address }: State): string => `slave(1)@${address.ip}:${address.port}`

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Registers with the master that leads, again and again, for as long as it leads. */
export async function followMaster(state: State): Promise<void> {
  for (;;) {
    const { master } = state
    if (!master) {
      await pause(100)
      continue
    }
    const link = await dial<ToAgent, FromAgent>(master.address.ip, master.address.port, '/stand-in/agent').catch(
      () => undefined,
    )
    if (!link) {
      await pause(200)
      continue
    }
    state.link = link
    link.send({ type: 'register', ...registration(state) })
    link.on('message', (message) => heard(state, message))
    await Promise.race([new Promise<void>((resolve) => link.on('close', resolve)), anotherLeads(state, master.id)])
    clearTimeout(state.silence)
    delete state.link
    link.destroy()
    state.log.info('slave.cpp:1200', 'Lost the link to the master')
    await pause(200)
  }
}

async function anotherLeads(state: State, id: string): Promise<void> {
  while (state.master === undefined || state.master.id === id) await pause(100)
}

function registration(state: State): Registration {
  const credential = state.flags.text('credential')
  const runs = [...state.runs.values()]
  return {
    info: { ...state.info, ...(state.id !== undefined && { id: { value: state.id } }) },
    pid: pidOf(state),
    version: VERSION,
    capabilities: CAPABILITIES,
    ...(credential !== undefined && { credential: readCredential(credential) }),
    tasks: runs.map((r) => r.task),
    frameworks: [...new Map(runs.map((r) => [r.framework.id?.value, r.framework])).values()],
  }
}

type Message<T extends ToAgent['type']> = Extract<ToAgent, { readonly type: T }>

const HEARD: { readonly [T in ToAgent['type']]: (state: State, message: Message<T>) => void } = {
  ping: (state) => {
    state.silence?.refresh()
    state.link?.send({ type: 'pong' })
  },
  registered: (state, { id, silence, drain: config }) => {
    clearTimeout(state.silence)
    state.silence = setTimeout(() => state.link?.destroy(), silence)
    registered(state, id, config)
  },
  refused,
  run: (state, { framework, task }) => runTask(state, framework, task),
  'end-framework': (state, { framework }) => endFramework(state, framework),
  drain: (state, { config }) => drain(state, config),
  undrain: (state) => void delete state.drain,
  shutdown: (state, { message }) => shutDown(state, message),
  kill: (state, { framework, task, policy }) => {
    const run = findRun(state, framework, task)
    if (run) killTask(state, run, policy)
  },
  acknowledge: (state, { framework, task, uuid }) => {
    const run = findRun(state, framework, task)
    if (run) acknowledged(state, run, uuid)
  },
}

const heard = (state: State, message: ToAgent): void =>
  (HEARD[message.type] as (state: State, message: ToAgent) => void)(state, message)

function registered(state: State, id: string, config: DrainConfig | undefined): void {
  state.log.info(
    'slave.cpp:1500',
    `${state.id === undefined ? 'Registered' : 'Re-registered'} with master; given agent ID ${id}`,
  )
  state.id = id
  state.checkpoint.keepAgent(id, state.info)
  for (const run of state.runs.values()) {
    tell(state, run)
    tell(state, run) // a real agent tells twice what was not acknowledged: frameworks have to bear it
  }
  if (config && state.runs.size > 0) drain(state, config)
}

/** Who has no credential tries again, for ever; a wrong one is the end. */
function refused(state: State): void {
  if (state.flags.text('credential') !== undefined)
    state.log.exit('slave.cpp:1300', `Master ${state.master?.hostname} refused authentication`)
  setTimeout(() => state.link?.destroy(), 5000)
}

/** The master has no use for this agent any more: its tasks end, then it. */
function shutDown(state: State, why: string): void {
  state.log.info('slave.cpp:900', `Agent asked to shut down by master because '${why}'`)
  if (/gone/.test(why)) state.checkpoint.forgetAgent()
  for (const run of state.runs.values()) {
    killTask(state, run)
    state.log.info('slave.cpp:910', `Shutting down executor '${idOf(run)}'`)
  }
  const ends = setInterval(() => {
    if ([...state.runs.values()].some((r) => r.link)) return
    clearInterval(ends)
    process.exit(0)
  }, 100)
}
