import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Health } from '../../model/health.ts'
import type { Change, Item, Resource } from '../../model/resource.ts'
import { awayMark, markTurn } from '../../shell/away-mark.ts'
import { STATE_DIR } from '../../shell/paths.ts'
import { type Script, sh } from '../../shell/script.ts'

/** sh that writes a line into the mark and syncs it to disk before anything else happens. */
const written = (recipe: string, state: 'draining' | 'drained', who: string): Script => sh`
  mkdir -p -m 700 ${STATE_DIR}
  printf '%s\t%s\t%s\n' ${state} ${who} "$(date -u '+%F %R UTC')" >${`${awayMark(recipe)}.new`}
  sync ${`${awayMark(recipe)}.new`}
  mv -fT ${`${awayMark(recipe)}.new`} ${awayMark(recipe)}
  sync ${STATE_DIR}`

/**
 * sh that writes the mark and syncs it to disk before anything else happens. `by` is set for a member that stays out
 * until further notice: the user who took it out.
 */
export const markAway = (recipe: string, by?: string): Script =>
  by === undefined ? markTurn(recipe) : written(recipe, 'draining', by)

/** sh that removes the mark. */
export const markBack = (recipe: string): Script => sh`rm -f ${awayMark(recipe)}`

/** sh that prints the mark of a member that a user took out of service. */
export const askHeld = (recipe: string): Script => sh`[ ! -s ${awayMark(recipe)} ] || head -n 1 ${awayMark(recipe)}`

/** sh that prints the marks of all members on the host that a user took out of service. */
export const askAllHeld = sh`grep -hs . ${STATE_DIR}/*.away || :`

/** Who holds a member out of service, and since when; while it is `draining`, some clients are still served there. */
type Held = NonNullable<Health['held']> & { readonly at: 'draining' | 'drained' }

/** Parses a mark; undefined for the mark of a turn. Pure. */
export function heldBy(line: string): Held | undefined {
  const [at, by = '', since = ''] = line.trimEnd().split('\t')
  return at === 'draining' || at === 'drained' ? { at, by, since } : undefined
}

/** How a member is described that a user took out of service. */
export const heldSays = ({ at, by, since }: Held): string =>
  at === 'drained'
    ? `drained by ${by}, ${since}`
    : `the drain that ${by} began, ${since}, has not ended: provision drain continues it`

const properties = v.object({
  place: v.optional(v.union([v.object({ out: v.string('who takes it out') }), v.object({ back: v.literal(true) })])),
})
type Place = v.InferOutput<typeof properties>
type State = Held | { readonly at: 'away' | 'in service' }

function diff({ place }: Place, is: State | 'absent'): readonly Change[] {
  const at = is === 'absent' ? 'in service' : is.at
  const update = (text: string): readonly Change[] => [{ action: 'update', text }]
  if (place === undefined) return at === 'away' ? update('brought back into service: owed since an earlier run') : []
  if ('back' in place) return at === 'in service' ? [] : update('brought back into service')
  if (at === 'drained') return []
  return update(
    at === 'draining' ? 'taken out of service: the drain goes on' : 'taken out of service until provision undrain',
  )
}

function apply({ name, props: { place } }: Item<Place>): Script {
  if (place === undefined) return sh`: # the run itself does that, when all steps are done`
  if ('out' in place) return written(name, 'drained', place.out)
  // from here on the mark records what is owed, whatever happens
  return sh`
    : >${awayMark(name)}
    sync ${awayMark(name)}`
}

/**
 * A member's place in service, named after its recipe. It has a step if an earlier run took the member out and did not
 * bring it back, or if this run is about it. The turn does the work, using the recipe's `before` or `after`.
 */
export const member = defineResource<typeof properties, Place, State>({
  name: 'member',
  properties,
  observe: (items) => sh`
      for name in ${items.map(({ name }) => name)}; do
        mark=${STATE_DIR}/$name.away
        if [ -s "$mark" ]; then printf '%s\t%s\n' "$name" "$(head -n 1 "$mark")"
        elif [ -e "$mark" ]; then printf '%s\taway\n' "$name"
        else printf '%s\tin service\n' "$name"; fi
      done`,
  parse: ([first]) => heldBy(first?.join('\t') ?? '') ?? { at: first?.[0] === 'away' ? 'away' : 'in service' },
  diff,
  warn({ place }, is) {
    if (is === 'absent' || !('by' in is) || (place !== undefined && 'back' in place)) return undefined
    return `${heldSays(is)}. It stays out of service until provision undrain.`
  },
  apply,
})

/** Is this a member's place in service? */
export const isMember = (resource: Resource): boolean => resource.type === member.type

/** The user for whom this resource takes the member out of service, if it does. */
export function takenOutBy({ type, props }: Resource): string | undefined {
  if (type !== member.type) return undefined
  const { place } = props as Place
  return place !== undefined && 'out' in place ? place.out : undefined
}
