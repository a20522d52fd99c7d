import { readFileSync } from 'node:fs'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import type { Facts } from '../../../src/model/facts.ts'
import { stack, wanted } from '../support.ts'

process.env.TEST_AGENT = 'agent-s3cret'

export const ENV = 'file /etc/mesos/agent.env'
export const recorded = (name: string): string =>
  readFileSync(new URL(`../../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')
export const vars = (own: object, more: object = {}) => ({ vars: { 'mesos-agent': own, ...more } })
export const of = (own: object = {}, facts: Partial<Facts> = {}) => wanted(mesosAgent, stack(vars(own)), 's-1', facts)

/** Where the agent of s-1 is. */
export const AGENT = '10.0.0.21:5051'
