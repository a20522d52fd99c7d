import { type Cluster, type Mistake, mastersOf } from '../../src/index.ts'
import { addressMistakes } from '../common/facts.ts'
import { pathOf } from '../common/host.ts'
import { evenNumber } from '../common/membership.ts'
import { majority, vars } from './masters.ts'

/**
 * Masters of an even number, a quorum that is none or not the same everywhere, a login that is wanted of everybody and
 * given to nobody.
 */
export function check(cluster: Cluster): readonly Mistake[] {
  const hosts = mastersOf(cluster)
  const [first] = hosts
  if (first === undefined) return []
  const n = hosts.length
  const mistakes: Mistake[] = [
    ...addressMistakes(cluster, 'mesos-master', 'the master'),
    ...evenNumber('mesos-master', hosts),
  ]
  for (const host of hosts) {
    const { quorum, authenticateHttp, operator } = vars(host)
    if (quorum !== vars(first).quorum)
      mistakes.push({
        path: pathOf(host, 'mesos-master', 'quorum'),
        message: `is ${quorum ?? majority(n)}, and ${first.name} has ${vars(first).quorum ?? majority(n)}: two quorums can both decide`,
      })
    else if (quorum !== undefined && (quorum < majority(n) || quorum > n))
      mistakes.push({
        path: pathOf(host, 'mesos-master', 'quorum'),
        message: `must be more than half of the ${n} masters, and no more than all of them: ${majority(n)}${majority(n) === n ? '' : ` to ${n}`}, not ${quorum}`,
      })
    if (authenticateHttp && operator === undefined)
      mistakes.push({
        path: pathOf(host, 'mesos-master', 'operator'),
        message: 'is missing: with authenticateHttp, provision must log in, too',
      })
  }
  return mistakes
}
