import type { Fault } from '../read.ts'
import type { App } from '../types.ts'

const repeated = (list: readonly unknown[]): boolean => new Set(list).size < list.length

export const validPorts = (app: App): Fault[] => {
  const faults: Fault[] = []
  const definitions = app.portDefinitions ?? []
  const mappings = app.container?.portMappings ?? []
  const names = (list: readonly { readonly name?: string }[]) =>
    list.flatMap(({ name }) => (name === undefined ? [] : [name]))
  if (repeated(names(definitions))) faults.push({ path: '/portDefinitions', error: 'Port names must be unique.' })
  if (repeated(definitions.map((d) => d.port).filter((port) => port !== 0)))
    faults.push({ path: '/portDefinitions', error: 'Ports must be unique.' })
  if (repeated(names(mappings))) faults.push({ path: '/container/portMappings', error: 'Port names must be unique.' })
  const all = [...names(definitions), ...names(mappings)]
  app.readinessChecks?.forEach(({ portName }, index) => {
    if (!all.includes(portName))
      faults.push({
        path: `/readinessChecks(${index})/portName`,
        error: `No port definition reference for portName ${portName}`,
      })
  })
  return faults
}
