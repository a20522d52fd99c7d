import { imageOf, imageTag } from '../app/version.ts'
import { type Rule, refuse } from './rule.ts'

/** An image that does not say which one. */
export const latest: Rule = (app) => {
  const image = imageOf(app)
  const tag = imageTag(image)
  if (image === '' || (tag !== '' && tag !== 'latest')) return []
  return refuse(
    'latest',
    'container.docker.image',
    `${image} names no fixed version: what runs would depend on when each slave pulled it, and there is no way back. Name a tag that never moves, or a digest.`,
  )
}
