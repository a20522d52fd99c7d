import { type Change, defineResource, type Item, type Refusal } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { absolutePath, hiddenPath } from '../kit/path.ts'
import { parseStat, type Stat, statNames, statProbe } from '../kit/stat.ts'

/** What a recipe writes about a symbolic link. */
export interface LinkInput {
  /** What it points to: an absolute path, or one relative to the link. Need not exist. */
  readonly to?: string
  readonly ensure?: 'present' | 'absent'
}

interface LinkProps {
  readonly to: string
  readonly ensure: 'present' | 'absent'
}

function diff({ to, ensure }: LinkProps, is: Stat | 'absent'): readonly Change[] | Refusal {
  if (is === 'absent') return ensure === 'absent' ? [] : [{ action: 'create', text: `to ${to}` }]
  if (is.kind === 'directory' || (ensure === 'absent' && is.target === undefined)) {
    return {
      refusal: 'not-a-link',
      reason: `There is a ${is.kind} where a link is ${ensure === 'absent' ? 'to be removed' : 'wanted'}.`,
      remedy: 'Move it away by hand.',
      changes: [],
      final: true,
    }
  }
  if (ensure === 'absent') return [{ action: 'remove', text: `to ${is.target}` }]
  if (is.target === undefined) return [{ action: 'update', text: `replaces a ${is.kind}: to ${to}` }]
  return is.target === to ? [] : [{ action: 'update', text: `to ${is.target} → ${to}` }]
}

function applyOne({ name, props: { to, ensure } }: Item<LinkProps>): Script {
  if (ensure === 'absent') return sh`[ ! -L ${name} ] || rm -f ${name}`
  return sh`
    ln -sfnT -- ${to} ${hiddenPath(name)}
    mv -fT ${hiddenPath(name)} ${name}`
}

/** A symbolic link, replaced at one instant: `link('/opt/zookeeper', { to: '/opt/zookeeper-3.9.5' })`. */
export const link = defineResource<LinkInput, LinkProps, Stat>(
  {
    name: 'link',
    observe: (items) => statProbe(items.map(({ name }) => name)),
    parse: parseStat,
    diff,
    apply: (items) => join(items.map(applyOne)),
    probeFunctions: [statNames],
  },
  ({ to = '', ensure = 'present' }, path) => {
    absolutePath('link', path)
    if (ensure === 'present' && to === '') throw new TypeError(`link ${path}: say what it points to, or ensure: 'absent'`)
    return { to, ensure }
  },
  { to: true, ensure: true },
)
