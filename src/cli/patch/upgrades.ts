import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Fields } from '../../model/resource.ts'
import { aptFunctions } from '../../resources/packages/apt.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'

/** Seconds to wait for another process that holds apt's lock, such as unattended upgrades. */
const PATIENCE = 300

const properties = v.object({
  /** Only what comes from the distribution's security updates. */
  security: v.boolean(),
})
type Wish = v.InferOutput<typeof properties>

/** One package that would come. `from`: absent where it is a new one that others need. */
export interface Upgrade {
  readonly name: string
  readonly from?: string
  readonly to: string
  readonly security: boolean
}

const functions: Script = shFile(import.meta.url, './upgrades.sh')

/** The packages that a host's apt would upgrade. Pure. */
export const upgradesIn = (records: readonly Fields[]): readonly Upgrade[] =>
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

/** The upgrades of a host's packages within its distribution: a step where there are any. */
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

/** sh that fetches the lists of packages. */
export const refresh: Script = join([aptFunctions(PATIENCE), sh`apt_refresh`])
