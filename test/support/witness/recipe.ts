import * as v from 'valibot'
import {
  defineRecipe,
  defineRole,
  directory,
  file,
  pkg,
  type Resource,
  type ResourceType,
  service,
  sh,
  systemdUnit,
} from '../../../src/index.ts'
import { repair } from '../../../src/model/resource.ts'

/** The wanted state of the witness, one of two; `broken`: a configuration that it rejects. */
export type Want = 'A' | 'B' | 'broken'

/** What the witness reports to run with in that state. */
export const words = (want: 'A' | 'B'): string => (want === 'A' ? 'v1 conf-A unit-A' : 'v2 conf-B unit-B')

type AnyType = ResourceType<object, unknown>
const wrapped = new WeakMap<AnyType, AnyType>()

/** Where to break a step: a file on the host names the point, as `before ID` or `after ID`. */
export const FAULT = '/run/fault'

const point = (name: string) => sh`
  if [ "$(cat ${FAULT} 2>/dev/null)" = ${name} ]; then
    mv ${FAULT} ${`${FAULT}.hit`}
    systemctl kill --signal=KILL "provision-$run_id.scope"
    sleep 60
  fi`

/**
 * The same resource type, whose apply can be broken at its beginning (after the owed mark was written) and at its end.
 */
function breakable(type: AnyType): AnyType {
  const known = wrapped.get(type)
  if (known !== undefined) return known
  const { apply: _, ...rest } = type
  const made: AnyType = {
    ...rest,
    applyTogether: (items) => sh`
      ${point(`before ${type.name} ${items[0]?.name}`)}
      ( set -e
      ${repair(type, items)}
      )
      ${point(`after ${type.name} ${items[0]?.name}`)}`,
  }
  wrapped.set(type, made)
  return made
}

const break_ = (resource: Resource): Resource =>
  Object.freeze({ ...resource, type: breakable(resource.type as unknown as AnyType) as never })

/** A service with a package, a configuration and a unit, each of which requires a restart. */
export function witness(want: Want): readonly Resource[] {
  const letter = want === 'A' ? 'A' : 'B'
  const dir = directory('/etc/witness', {})
  const conf = file('/etc/witness/witness.conf', { content: want === 'broken' ? 'broken\n' : `conf-${letter}\n` })
  const package_ = pkg('witness', { version: letter === 'A' ? '1' : '2' })
  const unit = systemdUnit('witness.service', {
    content: `[Unit]\nDescription=Witness\n[Service]\nEnvironment=WITNESS_UNIT=unit-${letter}\nExecStart=/usr/lib/witness/witness\n[Install]\nWantedBy=multi-user.target\n`,
  })
  return [dir, conf, package_, unit, service('witness', { restartOn: [conf, package_, unit] })].map(break_)
}

/** All points at which a change from one state to the other can be broken. */
export const points = (): readonly string[] =>
  witness('A')
    .filter((r) => !r.id.startsWith('directory'))
    .flatMap((r) => [`before ${r.id}`, `after ${r.id}`])

/** The role of a host that runs the witness; its variable `want` selects the state. */
export const witnessRole = defineRole({
  name: 'witness',
  recipes: [
    defineRecipe({
      name: 'witness',
      attributes: v.strictObject({ want: v.picklist(['A', 'B', 'broken']) }),
      resources: (_host, _cluster, { want }) => witness(want),
    }),
  ],
})
