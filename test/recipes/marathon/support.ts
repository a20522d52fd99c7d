import { marathon } from '../../../recipes/marathon.ts'
import { SOURCES, stack, wanted } from '../support.ts'

export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
export const vars = (own: object, more: object = {}) => ({
  vars: { marathon: { ...SOURCES.marathon, ...own }, ...more },
})
export const of = (own: object = {}, more: object = {}) => wanted(marathon, stack(vars(own, more)), 'm-1')
