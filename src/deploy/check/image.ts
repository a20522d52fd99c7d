import { alwaysPulled, imageOf, imageTag } from '../app/version.ts'
import { type Rule, refuse, warn } from './rule.ts'

const NAME = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
/** An image's name in Docker's notation: a registry, a path, a tag, a digest. */
const REFERENCE = new RegExp(
  `^(?:(?:[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9a-fA-F:]+\\])(?::\\d+)?/)?${NAME}(?:/${NAME})*(?::\\w[\\w.-]{0,127})?(?:@[A-Za-z0-9+._-]+:[0-9a-fA-F]{32,})?$`,
)

/** A name that Docker would reject, for example because a variable was not filled in. */
const named: Rule = (app) => {
  const image = imageOf(app)
  if (image === '' || REFERENCE.test(image)) return []
  const [variable] = /\$\{?\w*\}?|\{\{.*?\}\}|<[^>]*>|%\w+%|@\w+@/.exec(image) ?? []
  const why =
    variable === undefined
      ? 'is not a name that Docker takes (lower-case letters, then a tag)'
      : `contains ${variable}, which nothing fills in`
  return refuse(
    'image',
    'container.docker.image',
    `${image} ${why}. Write the whole name, like registry.example.com/web:1.2.`,
  )
}

/** An image without a fixed tag. */
const latest: Rule = (app) => {
  const image = imageOf(app)
  const tag = imageTag(image)
  if (image === '' || !REFERENCE.test(image) || (tag !== '' && tag !== 'latest')) return []
  return refuse(
    'latest',
    'container.docker.image',
    `${image} names no fixed version: what runs would depend on when each slave pulled it, and there is no way back. Name a tag that never moves, or a digest.`,
  )
}

/** A pull at every start: where the registry does not answer, no task that has died comes back. */
const forced: Rule = (app) => {
  const place = alwaysPulled(app)
  return place === undefined
    ? []
    : warn(
        'force-pull',
        place,
        'no task starts while the registry is away, not even one that has died. Leave it out: a tag that never moves needs no second pull.',
      )
}

/** Checks how an app names its image. */
export const images: readonly Rule[] = [named, latest, forced]
