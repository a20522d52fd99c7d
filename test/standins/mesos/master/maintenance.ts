import { isIPv4 } from 'node:net'
import { EMPTY, type Reply, text } from '../common/http.ts'
import { agentRemoved } from './gone.ts'
import { called, isMachine, machineOf } from './maintenance-view.ts'
import type { MachineId, Registry, Window } from './registry.ts'
import type { State } from './state.ts'

const inSchedule = (windows: readonly Window[], id: MachineId): boolean =>
  windows.some((w) => w.machine_ids.some(isMachine(id)))

/** Names of the old endpoint come in order. */
const window = ({ machine_ids, unavailability: { start, duration } }: Window): object => ({
  machine_ids,
  unavailability: { ...(duration && { duration }), start },
})

export const scheduleView = ({ windows }: Registry): object =>
  windows.length === 0 ? {} : { windows: windows.map(window) }

/** Machines that are to go down and those that are; the two are told in two shapes, as in Mesos. */
export function statusView({ windows, down }: Registry): object {
  const draining = windows.flatMap((w) => w.machine_ids).filter((id) => !down.some(isMachine(id)))
  return {
    ...(draining.length > 0 && { draining_machines: draining.map((id) => ({ id })) }),
    ...(down.length > 0 && { down_machines: down }),
  }
}

/** Replaces the whole schedule. */
export async function setSchedule(state: State, body: string): Promise<Reply> {
  const given = parseJson(body)
  if (typeof given === 'string') return text(400, given)
  const windows = (given as { windows?: Window[] }).windows ?? []
  for (const { machine_ids } of windows) {
    if ((machine_ids ?? []).length === 0) return text(400, 'List of machines in the maintenance window is empty')
    const wrong = machine_ids.map(badMachine).find((m) => m !== undefined)
    if (wrong !== undefined) return text(400, wrong)
  }
  const dropped = state.registrar.registry.down.find((id) => !inSchedule(windows, id))
  if (dropped) return text(400, `Machine '${called(dropped)}' is deactivated and cannot be removed from the schedule`)
  await state.registrar.apply((r) => ({ ...r, windows }))
  return EMPTY
}

/** Takes machines down: their agents end at once, and are refused until they are up. */
export async function machinesDown(state: State, body: string): Promise<Reply> {
  const ids = machineList(body)
  if (typeof ids === 'string') return text(400, ids)
  const unknown = ids.find((id) => !inSchedule(state.registrar.registry.windows, id))
  if (unknown) return text(400, `Machine '${called(unknown)}' is not part of a maintenance schedule`)
  await state.registrar.apply((r) => ({ ...r, down: [...r.down.filter((d) => !ids.some(isMachine(d))), ...ids] }))
  for (const agent of [...state.agents.values()].filter((a) => ids.some(isMachine(machineOf(a))))) {
    agent.link?.send({ type: 'shutdown', message: 'Operator initiated `Machine DOWN`' })
    await agentRemoved(state, agent, 'Operator initiated `Machine DOWN`')
  }
  return EMPTY
}

/** Brings machines up again, which takes them out of the schedule. */
export async function machinesUp(state: State, body: string): Promise<Reply> {
  const ids = machineList(body)
  if (typeof ids === 'string') return text(400, ids)
  const up = ids.find((id) => !state.registrar.registry.down.some(isMachine(id)))
  if (up) return text(400, `Machine '${called(up)}' is not in DOWN mode and cannot be brought up`)
  const stays = (id: MachineId): boolean => !ids.some(isMachine(id))
  await state.registrar.apply((r) => ({
    ...r,
    down: r.down.filter(stays),
    windows: r.windows
      .map((w) => ({ ...w, machine_ids: w.machine_ids.filter(stays) }))
      .filter((w) => w.machine_ids.length > 0),
  }))
  return EMPTY
}

const badMachine = ({ hostname, ip }: MachineId): string | undefined => {
  if (ip !== undefined && !isIPv4(ip)) return `Failed to parse IPv4: ${ip}`
  return !hostname && !ip ? 'Both `hostname` and `ip` for a machine are empty' : undefined
}

function machineList(body: string): readonly MachineId[] | string {
  const given = parseJson(body)
  if (typeof given === 'string') return given
  if (!Array.isArray(given)) return 'Failed to convert JSON to protobuf: Expecting an array'
  return given.map(badMachine).find((m) => m !== undefined) ?? (given as MachineId[])
}

/** JSON, or what picojson says where it is none. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return `syntax error at line 1 near: ${body.trimStart().slice(1)}`
  }
}
