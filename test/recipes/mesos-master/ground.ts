import { readFileSync } from 'node:fs'
import { mesosMaster } from '../../../recipes/mesos-master.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import { SOURCES, text, wanted } from '../support.ts'

process.env.TEST_OPS = 'ops-s3cret'
process.env.TEST_AGENT = 'agent-s3cret'
process.env.TEST_QUOTE = 'with"quote'

export const ENV = 'file /etc/mesos/master.env'
export const recorded = (name: string): string =>
  readFileSync(new URL(`../../clients/answers/mesos/${name}.txt`, import.meta.url), 'utf8')
export const env = (cluster: Cluster, host = 'm-1') => text(wanted(mesosMaster, cluster, host), ENV)
export const vars = (own: object) => ({ 'mesos-master': own })

/** Agents and Marathon log in as `agent`. */
export const loggedIn = (master: object, more: object = {}) => ({
  ...vars(master),
  'mesos-agent': { credential: { principal: 'agent', secret: 'env:TEST_AGENT' } },
  marathon: { ...SOURCES.marathon, mesosPrincipal: 'agent', mesosSecret: 'env:TEST_AGENT' },
  ...more,
})
