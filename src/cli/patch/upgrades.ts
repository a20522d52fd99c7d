import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields } from '../../model/resource.ts'
import { aptFunctions } from '../../resources/packages/apt.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'

/** How many seconds to wait for another process that holds apt's lock, such as unattended upgrades. */
const PATIENCE = 300

const properties = v.object({
  /** Only the distribution's security updates. */
  security: v.boolean(),
})
type Wish = v.InferOutput<typeof properties>

/** A package that an upgrade would install. `from`: absent for a new package that others need. */
export interface Upgrade {
  readonly name: string
  readonly from?: string
  readonly to: string
  readonly security: boolean
}

const functions: Script = shFile(import.meta.url, './upgrades.sh')

/** The packages that a host's apt would upgrade. Pure. */
const upgradesIn = (records: readonly Fields[]): readonly Upgrade[] =>
  records.flatMap(([name = '', from = '', to = '', origin = '']) =>
    to === '' ? [] : [{ name, ...(from === '' ? {} : { from }), to, security: /-security\b/.test(origin) }],
  )

function diff({ security }: Wish, all: readonly Upgrade[] | 'absent'): readonly Change[] {
  if (all === 'absent') return []
  return all
    .filter((one) => one.security || !security)
    .map(({ name, from, to }) => ({
      action: from === undefined ? 'create' : 'update',
      attribute: name,
      ...(from === undefined ? {} : { from }),
      to,
    }))
}

/** Upgrades a host's packages within its distribution; a step only if there are any upgrades. */
export const upgrades = defineResource<typeof properties, Wish, readonly Upgrade[]>({
  name: 'upgrades',
  properties,
  interruptsHost: true,
  probeFunctions: [functions],
  observe: (items) => sh`tell_upgrades ${items.map(({ name }) => name)}`,
  parse: upgradesIn,
  diff,
  functions: join([aptFunctions(PATIENCE), functions]),
  apply: ({ props: { security } }) => sh`upgrade ${security ? 'upgrade_security' : 'upgrade_all'}`,
})

/** sh that fetches the package lists. */
export const refresh: Script = join([aptFunctions(PATIENCE), sh`apt_refresh`])
