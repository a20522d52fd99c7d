import { posix } from 'node:path'
import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Item, Refusal } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { madeIn } from '../kit/needs.ts'
import { dirName, hiddenPath, pathBelowRoot } from '../kit/path.ts'
import { ensure } from '../kit/properties.ts'
import { leaving } from '../kit/put.ts'
import { heldByOthers, parseStat, type Stat, statNames, statProbe } from '../kit/stat.ts'

const properties = v.object({
  to: v.optional(
    v.pipe(
      v.string(),
      v.nonEmpty(),
      v.check((to) => Buffer.byteLength(to) < 4096, 'is longer than a path can be (4095 bytes)'),
      v.description('The target: an absolute path, or one relative to the link. It need not exist.'),
    ),
  ),
  ensure: ensure(),
})

interface LinkProps {
  readonly to: string
  readonly ensure: 'present' | 'absent'
}

function diff({ to, ensure }: LinkProps, is: Stat | 'absent'): readonly Change[] | Refusal {
  if (is === 'absent') return ensure === 'absent' ? [] : [{ action: 'create', attribute: 'to', to }]
  if (is.kind === 'directory' || (ensure === 'absent' && is.target === undefined)) {
    return {
      refusal: 'not-a-link',
      reason: `There is a ${is.kind} where a link is ${ensure === 'absent' ? 'to be removed' : 'wanted'}.`,
      remedy: 'Move it away.',
      changes: [],
      final: true,
    }
  }
  if (ensure === 'absent') return [{ action: 'remove', attribute: 'to', from: is.target ?? '' }]
  if (is.target === undefined)
    return (
      heldByOthers(is, 'link', ensure) ?? [
        { action: 'update', attribute: 'to', to, text: `in the place of a ${is.kind}` },
      ]
    )
  return is.target === to ? [] : [{ action: 'update', attribute: 'to', from: is.target, to }]
}

function apply({ name, props: { to, ensure } }: Item<LinkProps>): Script {
  if (ensure === 'absent') return sh`[ ! -L ${name} ] || rm -f ${name}`
  const hidden = hiddenPath(name)
  return join([
    sh`[ -d ${dirName(name)} ] || { echo ${`${name}: there is no directory ${dirName(name)} to put it into`} >&2; exit 1; }`,
    leaving(
      hidden,
      sh`
      ln -sT -- ${to} ${hidden}
      mv -fT ${hidden} ${name}`,
    ),
  ])
}

/** A symbolic link, replaced atomically: `link('/opt/zookeeper', { to: '/opt/zookeeper-3.9.5' })`. */
export const link = defineResource({
  name: 'link',
  aside: true,
  properties,
  normalise({ to = '', ensure }, path, wrong): LinkProps {
    pathBelowRoot('link', path)
    if (posix.normalize(to.startsWith('/') ? to : `${dirName(path)}/${to}`) === path) wrong('it would point to itself')
    if (ensure === 'present' && to === '') wrong("give what it points to, or ensure: 'absent'")
    return { to, ensure }
  },
  observe: (items) => statProbe(items.map(({ name }) => name)),
  parse: parseStat,
  diff,
  apply,
  places: (path, { ensure }) => [{ path, as: ensure === 'absent' ? 'nothing' : 'link' }],
  needs: (path, { ensure }) => (ensure === 'absent' ? [] : madeIn(path)),
  probeFunctions: [statNames],
})
