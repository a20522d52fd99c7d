import { docker } from '../../../recipes/docker.ts'
import type { Facts } from '../../../src/model/facts.ts'
import { stack, wanted } from '../support.ts'

export const vars = (own: object) => ({ vars: { docker: own } })
export const of = (own: object = {}, facts: Partial<Facts> = {}, host = 's-1') =>
  wanted(docker, stack(vars(own)), host, facts)
