import { object } from '../../../lib/json.ts'
import type { Item, Resource } from '../../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../../shell/script.ts'
import type { ServiceProps } from '../service-properties.ts'
import { serviceUnit } from '../unit-name.ts'
import { unitFileFunctions } from './unit-file-states.ts'

/** What the [Install] section of a unit's text names. */
const installedBy = (text: string): readonly string[] =>
  [...text.matchAll(/^\s*(?:WantedBy|RequiredBy|UpheldBy|Alias|Also)\s*=(.*)$/gm)].flatMap(([, words = '']) =>
    words.split(/\s+/).filter(Boolean),
  )

/** The texts of units that the recipes write, by the names of the units; a drop-in belongs to its unit. */
function textsOf(all: readonly Resource[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const { type, name, props } of all) {
    const { word } = object(object(props).content)
    const unit = name.replace(/\.d\/.*/, '')
    if (type.name === 'unit' && typeof word === 'string') texts.set(unit, `${texts.get(unit) ?? ''}\n${word}`)
  }
  return texts
}

/**
 * sh that warns, like `foresee`, of what other units mean for these: a socket starts a service that is to stay down,
 * one that must not run beside it is stopped, the target that should start it does not exist. Units that the recipes
 * name may start it: they were told to.
 */
export const foreseeOthers = (items: readonly Item<ServiceProps>[], all: readonly Resource[]): Script => {
  const texts = textsOf(all)
  const named = all.flatMap(({ type, name }) => {
    if (type.name === 'service') return [serviceUnit(name)]
    return type.name === 'timer' ? [`${name}.timer`] : []
  })
  const ofEach = items.flatMap(({ name, props: { running, enabled, masked } }) => {
    if (masked) return []
    const unit = serviceUnit(name)
    const targets = installedBy(texts.get(unit) ?? '')
    const boots = enabled && !targets.some((target) => texts.has(target))
    return [
      running ? sh`starts ${[name, unit]}` : sh`stays_down ${[name, unit]}`,
      ...(boots ? [sh`boots ${[name, unit, ...targets]}`] : []),
    ]
  })
  return join([
    sh`named_units=${['', ...named, ''].join(' ')}`,
    unitFileFunctions,
    shFile(import.meta.url, './others.sh'),
    ...ofEach,
  ])
}
