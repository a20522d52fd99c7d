import { defineResource } from '../../model/define-resource.ts'
import type { Item, Resource, ResourceType } from '../../model/resource.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import { alsoFunctions, foreseeAlso, namedUnits } from './boot/also.ts'
import { foreseeOthers } from './boot/others.ts'
import { unitFileFunctions } from './boot/unit-file-states.ts'
import { keep, keptDir } from './running/kept.ts'
import { owe, owedMark, owedProbeFunction, readOwed } from './running/owed.ts'
import { startFunction } from './running/start.ts'
import { stopFunction } from './running/stop.ts'
import { serviceDiff, serviceRemark } from './service-diff.ts'
import { isRunning, observeServices, parseService, type ServiceState, unitProbeFunctions } from './service-look.ts'
import { type ServiceProps, serviceProperties, serviceProps } from './service-properties.ts'
import { isUnitName, serviceUnit } from './unit-name.ts'

const begin = ({ name, props: { enabled, running, masked, listens } }: Item<ServiceProps>): Script => {
  const unit = serviceUnit(name)
  return join([
    sh`unit=${unit} mark=${owedMark(unit)} kept=${keptDir(unit)}`,
    sh`look_at_unit`,
    masked ? empty : sh`unmask_unit`,
    sh`unit=$real`,
    enabled ? sh`enable_unit ${running ? 'later' : 'now'}` : sh`disable_unit`,
    ...(running
      ? [readOwed(unit), sh`port=${listens ?? '-'}`, sh`start_unit`]
      : [sh`stop_unit`, masked ? sh`systemctl mask --quiet "$unit"` : empty, sh`rm -rf "$mark" "$kept"`]),
  ])
}

function unite(first: ServiceProps, second: ServiceProps): ServiceProps | 'conflict' {
  if (first.enabled !== second.enabled || first.running !== second.running || first.masked !== second.masked)
    return 'conflict'
  if (first.listens !== undefined && second.listens !== undefined && first.listens !== second.listens) return 'conflict'
  const both = (a: readonly Resource[], b: readonly Resource[]): readonly Resource[] => [
    ...a,
    ...b.filter((r) => !a.some(({ id }) => id === r.id)),
  ]
  return {
    ...first,
    ...second,
    restartOn: both(first.restartOn, second.restartOn),
    reloadOn: both(first.reloadOn, second.reloadOn),
  }
}

/** The behaviour of services, for types that are made of services. */
export const serviceType: ResourceType<ServiceProps, ServiceState> = {
  name: 'service',
  observe: observeServices,
  parse: parseService,
  diff: serviceDiff,
  begin,
  settle: sh`watch_units`,
  functions: join([alsoFunctions, startFunction, stopFunction, unitFileFunctions]),
  prelude: namedUnits,
  foresee: (items, _steps, all) => join([foreseeAlso(items, all), foreseeOthers(items, all)]),
  probeFunctions: [unitProbeFunctions, owedProbeFunction],
  inputs: ({ restartOn, reloadOn }) => [
    ...restartOn.map((resource) => ({ kind: 'restart' as const, resource })),
    ...reloadOn.map((resource) => ({ kind: 'reload' as const, resource })),
  ],
  owe: (name, kind, changing) => join([owe(serviceUnit(name), kind), keep(serviceUnit(name), changing)]),
  unite,
  warn: serviceRemark,
  needs: (name, { enabled, running }) => {
    const unit = serviceUnit(name)
    // units of other types may be generated, for example from /etc/fstab
    if (!(enabled || running) || !/\.(service|socket|timer|path)$/.test(unit)) return []
    return [{ kind: 'unit', name: unit, of: 'name', planned: true }]
  },
  brings: ({ kind }) => !/^(user|group|program|unit)$/.test(kind),
  interrupts: (name, is, changes) =>
    is !== 'absent' && isRunning(is) && changes.some(({ action }) => action === 'restart' || action === 'remove')
      ? serviceUnit(name)
      : undefined,
}

/** A systemd service: `service('haproxy', { restartOn: [unit], reloadOn: [config] })`. */
export const service = defineResource({
  ...serviceType,
  properties: serviceProperties,
  normalise(given, name, wrong): ServiceProps {
    if (name.endsWith('.service')) wrong('leave out ".service"')
    const unit = serviceUnit(name)
    if (!isUnitName(unit) || unit.includes('@.')) wrong('is not the name of a unit')
    return serviceProps(given, wrong)
  },
})
