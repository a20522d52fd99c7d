import type { MachineId, Registry, Window } from './registry.ts'
import type { Agent, State } from './state.ts'

const same = (a: MachineId, b: MachineId): boolean =>
  (a.hostname ?? '') === (b.hostname ?? '') && (a.ip ?? '') === (b.ip ?? '')

/** The machine that an agent runs on: its hostname and its address, both. */
export const machineOf = ({
  info,
  pid,
}: {
  readonly info: { readonly hostname: string }
  readonly pid: string
}): MachineId => ({
  hostname: info.hostname,
  ip: /@(.*):/.exec(pid)?.[1] ?? '',
})

export const isMachine =
  (id: MachineId) =>
  (other: MachineId): boolean =>
    same(id, other)

/** True where a machine is down for maintenance. */
export const isDown = (registry: Registry, agent: Parameters<typeof machineOf>[0]): boolean =>
  registry.down.some(isMachine(machineOf(agent)))

/** When a machine is to be unavailable, as offers tell it. */
export const unavailabilityOf = (state: State, agent: Agent): Window['unavailability'] | undefined =>
  state.registrar.registry.windows.find((w) => w.machine_ids.some(isMachine(machineOf(agent))))?.unavailability

/** A machine as it is called in messages: its names in order. */
export const called = ({ hostname, ip }: MachineId): string =>
  JSON.stringify({ ...(hostname !== undefined && { hostname }), ...(ip !== undefined && { ip }) })
