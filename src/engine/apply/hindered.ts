import type { Place, Resource } from '../../model/resource.ts'
import { RUN_DIR } from '../../shell/paths.ts'
import { empty, join, quoted, type Script, sh, shFile } from '../../shell/script.ts'

/**
 * sh functions that say why a step has failed (a locked file, a mount point, a full disk), and one that keeps the
 * access control lists of files that are replaced.
 */
export const hinderedFunctions: Script = join([
  sh`
    seen=${`${RUN_DIR}/room`} some_grow=yes
    rm -f "$seen"`,
  shFile(import.meta.url, './hindered.sh'),
  shFile(import.meta.url, './keep-acl.sh'),
])

function ending({ as, replaces, admits }: Place): string {
  if (as !== 'directory' || replaces === 'itself') return ''
  return admits === undefined ? '/.' : '/*'
}

/** For each directory in which these resources create temporary files, one path. */
function besides(resources: readonly Resource[]): readonly string[] {
  const places = resources.flatMap(({ type, name, props }) => type.places?.(name, props) ?? [])
  return [
    ...new Map(
      places.filter(({ as }) => as !== 'nothing').map(({ path }) => [path.slice(0, path.lastIndexOf('/')), path]),
    ).values(),
  ]
}

/**
 * sh for the start of a step: it fails before it changes anything if its temporary files could not be removed again.
 */
export function asksWhetherAllCanGo(resources: readonly Resource[]): Script {
  const paths = besides(resources)
  return paths.length === 0 ? empty : sh`only_grows ${paths}`
}

/**
 * sh before each group of steps, if any: the same check for a row of groups at once. A row ends after a group whose
 * type may do anything, such as commands and packages.
 */
export function asksAboutRows(groups: readonly (readonly Resource[])[]): readonly Script[] {
  const rows: number[][] = [[]]
  groups.forEach((resources, i) => {
    if (besides(resources).length > 0) rows.at(-1)?.push(i)
    if (resources.some(({ type }) => type.places === undefined)) rows.push([])
  })
  const first = new Map(rows.map((row) => [row[0], row]))
  return groups.map((_, i) => {
    const row = first.get(i)
    if (row === undefined) return empty
    const paths = besides(row.flatMap((n) => groups[n] ?? []))
    return row.length === 1 ? sh`some_grow=yes` : sh`look_for_growing ${paths}`
  })
}

/** sh for the start of a step: if the step fails, its last words say what blocked it, if that can be seen. */
export function saysWhatHinders(resources: readonly Resource[]): Script {
  const places = resources.flatMap(({ type, name, props }) => type.places?.(name, props) ?? [])
  const written = new Set(resources.flatMap(({ type }) => type.writes ?? []))
  const paths = [...places.map((place) => `${place.path}${ending(place)}`), ...[...written].map((path) => `${path}/-`)]
  return paths.length === 0 ? empty : sh`trap ${quoted(sh`[ $? = 0 ] || hindered ${paths} || :`)} EXIT`
}
