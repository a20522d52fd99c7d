import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Resource } from '../../model/resource.ts'
import { STATE_DIR } from '../../shell/paths.ts'
import { type Script, sh } from '../../shell/script.ts'

/**
 * The mark that a member was taken out of service by a recipe's `before` and not yet brought back by its `after`.
 * Unlike an owed restart it counts in every boot: a drained agent stays drained over a reboot.
 */
const awayMark = (recipe: string): string => `${STATE_DIR}/${recipe}.away`

/** sh that writes the mark, on disk before anything is done. */
export const markAway = (recipe: string): Script => sh`
  mkdir -p -m 700 ${STATE_DIR}
  : >${awayMark(recipe)}
  sync ${awayMark(recipe)} ${STATE_DIR}`

/** sh that takes the mark away. */
export const markBack = (recipe: string): Script => sh`rm -f ${awayMark(recipe)}`

/**
 * A member's place in service, named by its recipe: a step where an earlier run took it out and did not bring it back.
 * Its own script does nothing: the member's turn ends with the recipe's `after`, whatever it began with.
 */
export const member = defineResource<v.GenericSchema<object, object>, object, 'away' | 'in service'>({
  name: 'member',
  properties: v.object({}),
  observe: (items) => sh`
      for name in ${items.map(({ name }) => name)}; do
        if [ -e ${STATE_DIR}/"$name.away" ]; then printf '%s\taway\n' "$name"; else printf '%s\tin service\n' "$name"; fi
      done`,
  parse: ([first]) => (first?.[0] === 'away' ? 'away' : 'in service'),
  diff: (_, is) =>
    is === 'away' ? [{ action: 'update', text: 'brought back into service: owed since an earlier run' }] : [],
  apply: () => sh`: # the run itself does that, when all steps are done`,
})

/** Is this a member's place in service? */
export const isMember = (resource: Resource): boolean => resource.type === member.type
