import type { App } from './types.ts'

export const servicePorts = (app: App): number[] =>
  (app.portDefinitions ?? []).map((d) => d.port).concat((app.container?.portMappings ?? []).map((m) => m.servicePort))

/** Gives each port that is 0 a service port: the one that the app had there before, else the lowest that no app has. */
export const assignServicePorts = (
  app: App,
  before: App | undefined,
  others: readonly App[],
  [low, high]: readonly [number, number],
): App => {
  const taken = new Set([...others.flatMap(servicePorts), ...servicePorts(app)])
  const had = before ? servicePorts(before) : []
  const next = (index: number): number => {
    const old = had[index]
    const port =
      old && !taken.has(old) ? old : Array.from({ length: high - low }, (_, i) => low + i).find((p) => !taken.has(p))
    taken.add(port ?? 0)
    return port ?? 0
  }
  const give = (port: number, index: number): number => (port === 0 && !app.requirePorts ? next(index) : port)
  const { portDefinitions, container } = app
  return {
    ...app,
    ...(portDefinitions && { portDefinitions: portDefinitions.map((d, i) => ({ ...d, port: give(d.port, i) })) }),
    ...(container?.portMappings && {
      container: {
        ...container,
        portMappings: container.portMappings.map((m, i) => ({ ...m, servicePort: give(m.servicePort, i) })),
      },
    }),
  }
}

/** Gives a port that is 0 what the app had there before, where it had any: left at 0, it would look like a change. */
export const keepServicePorts = (app: App, before: App | undefined): App =>
  before ? assignServicePorts(app, before, [], [0, 0]) : app
