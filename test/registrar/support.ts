import type { Check, Port } from '../../src/balancing/definition.ts'
import type { App, Task } from '../../src/registrar/marathon/answers.ts'
import type { Self } from '../../src/registrar/services/view.ts'

export const SLAVE = '25c79001-dd24-4d9b-8890-c0411d5abefa-S1'
export const ADDRESS = '10.0.0.21'
export const SELF: Self = {
  cluster: 'main',
  address: ADDRESS,
  hostnames: [ADDRESS],
  slaveId: SLAVE,
  bootedAt: 0,
  health: new Map(),
}

/** Seconds of a day in 2026, as Marathon and as milliseconds say it. */
export const at = (seconds: number): string => new Date(ms(seconds)).toISOString()
export const ms = (seconds: number): number => Date.parse('2026-11-22T10:00:00.000Z') + seconds * 1000

/** A task's id as Marathon makes them. */
export const taskId = (app: string, instance: string, incarnation = 1): string =>
  `${app}.instance-${instance}-e661-11f1-87f4-193e2279135e._app.${incarnation}`

export const task = (id: string, more: Partial<Task> = {}): Task => ({
  id,
  slaveId: SLAVE,
  host: ADDRESS,
  state: 'TASK_RUNNING',
  startedAt: ms(100),
  version: at(50),
  ports: [31001],
  results: [],
  ...more,
})

/** A port of the bridge, by its name. */
export const port = (name: string): Port => ({ name, protocol: 'tcp', inside: 3000, fixed: 0, onHost: true })
/** A check over HTTP. */
export const check: Check = { protocol: 'MESOS_HTTP', path: '/', portIndex: 0, port: undefined }

export const app = (id: string, more: Partial<App> = {}): App => ({
  id,
  labels: { 'lb.enable': 'true' },
  configuredAt: at(50),
  instances: 1,
  checks: [],
  ports: [port('http')],
  portsAt: 'container.portMappings',
  tasks: [],
  ...more,
})

export const alive = (seconds: number) => ({ alive: true, lastSuccess: ms(seconds) })
export const dead = { alive: false, lastSuccess: undefined }
