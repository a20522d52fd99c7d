import type { Place, Resource } from '../../model/resource.ts'
import { RUN_DIR } from '../../shell/paths.ts'
import { empty, join, quoted, type Script, sh, shFile } from '../../shell/script.ts'

/** sh functions that say what stands in the way where a step has failed: a locked file, a mount point, a full disk. */
export const hinderedFunctions: Script = join([
  sh`
    seen=${`${RUN_DIR}/room`}
    rm -f "$seen"`,
  shFile(import.meta.url, './hindered.sh'),
])

function ending({ as, replaces }: Place): string {
  if (as !== 'directory' || replaces === 'itself') return ''
  return replaces === 'entries' ? '/*' : '/.'
}

/** sh for the beginning of a step: it changes nothing where what it makes beside a place would have to stay there. */
export function asksWhetherAllCanGo(resources: readonly Resource[]): Script {
  const places = resources.flatMap(({ type, name, props }) => type.places?.(name, props) ?? [])
  const byDirectory = new Map(
    places.filter(({ as }) => as !== 'nothing').map(({ path }) => [path.slice(0, path.lastIndexOf('/')), path]),
  )
  return byDirectory.size === 0 ? empty : sh`only_grows ${[...byDirectory.values()]}`
}

/** sh for the beginning of a step: where it fails, its last words are what stood in its way, if that can be seen. */
export function saysWhatHinders(resources: readonly Resource[]): Script {
  const places = resources.flatMap(({ type, name, props }) => type.places?.(name, props) ?? [])
  const written = new Set(resources.flatMap(({ type }) => type.writes ?? []))
  const paths = [...places.map((place) => `${place.path}${ending(place)}`), ...[...written].map((path) => `${path}/-`)]
  return paths.length === 0 ? empty : sh`trap ${quoted(sh`[ $? = 0 ] || hindered ${paths} || :`)} EXIT`
}
