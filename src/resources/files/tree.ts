import { isUtf8 } from 'node:buffer'
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { named } from '../../lib/message.ts'
import { checkedProperties, type Written } from '../../model/define-resource.ts'
import type { Resource } from '../../model/resource.ts'
import { mode, owners } from '../kit/mode.ts'
import { directory } from './directory.ts'
import { file } from './file.ts'
import { link } from './link.ts'

const properties = v.object({
  from: v.pipe(v.string(), v.nonEmpty(), v.description('The directory on this machine.')),
  only: v.optional(
    v.pipe(v.boolean(), v.description('Remove everything else from these directories on the host.')),
    false,
  ),
  mode: v.optional(
    v.pipe(
      mode,
      v.description('The mode of the files, in octal digits. Files that are executable on this machine get 0755.'),
    ),
    '0644',
  ),
  ...owners,
})

/** The properties of a tree. */
export type TreeInput = Written<v.InferInput<typeof properties>>

/**
 * A directory on this machine with everything in it, as a list of `directory`, `file` and `link` resources:
 * `...tree('/srv/www', { from: 'www' })`. They are sorted by name.
 */
export function tree(path: string, input: TreeInput): readonly Resource[] {
  const wrong = (what: string): never => {
    throw new TypeError(`tree ${JSON.stringify(path)}: ${what}`)
  }
  const { from, only, mode, owner, group } = checkedProperties(properties, input, wrong)
  if (!existsSync(from) || !lstatSync(from).isDirectory()) wrong(`there is no directory ${named(from)} on this machine`)
  const below = (to: string, here: string): readonly Resource[] => {
    const names = readdirSync(here, { encoding: 'buffer' })
      .map((name) => (isUtf8(name) ? String(name) : wrong(`the name ${named(String(name))} in ${here} is not UTF-8`)))
      .toSorted()
    return [
      directory(to, { owner, group, ...(only ? { only: names } : {}) }),
      ...names.flatMap((name) => one(`${to}/${name}`, join(here, name))),
    ]
  }
  const one = (to: string, here: string): readonly Resource[] => {
    const stat = lstatSync(here)
    if (stat.isDirectory()) return below(to, here)
    if (stat.isSymbolicLink()) return [link(to, { to: readlinkSync(here) })]
    if (!stat.isFile()) return wrong(`${here} is neither a file, a directory nor a link`)
    return [file(to, { content: { file: here }, mode: stat.mode & 0o100 ? '0755' : mode, owner, group })]
  }
  return below(path, from)
}
tree.properties = properties
