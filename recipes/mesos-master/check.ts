import { type Cluster, type InventoryHost, type Mistake, mastersOf, type Secret, sameSecret } from '../../src/index.ts'
import { addressMistakes } from '../common/facts.ts'
import { pathOf, varsOf } from '../common/host.ts'
import { evenNumber } from '../common/membership.ts'
import { majority, vars } from './masters.ts'

/**
 * An even number of masters, a quorum that is invalid or differs between hosts, a login that is required but configured
 * nowhere.
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
  return [...mistakes, ...logins(cluster, first)]
}

/** A login at the masters. */
interface Login {
  readonly principal: string
  readonly secret: Secret
}

/** Logins of agents and of Marathon that the masters would reject. */
function logins(cluster: Cluster, master: InventoryHost): readonly Mistake[] {
  const { authenticateAgents, authenticateFrameworks, credentials = [], operator } = vars(master)
  const known = operator === undefined ? credentials : [operator, ...credentials]
  const wrong = (path: string, login: Login | undefined, wanted: false | string): readonly Mistake[] => {
    if (login === undefined)
      return wanted === false
        ? []
        : [{ path, message: `is missing: vars.mesos-master.${wanted} refuses who does not log in` }]
    const same = known.find(({ principal }) => principal === login.principal)
    if (known.length === 0 || (same !== undefined && sameSecret(same.secret, login.secret))) return []
    const what = same === undefined ? 'is not in' : 'has another secret in'
    return [
      { path, message: `${login.principal} ${what} vars.mesos-master.credentials: the masters would refuse the login` },
    ]
  }
  return [
    ...cluster.withRecipe('mesos-agent').flatMap((host) => {
      const { credential } = varsOf<{ credential?: Login }>(host, 'mesos-agent')
      return wrong(
        pathOf(host, 'mesos-agent', 'credential'),
        credential,
        authenticateAgents === true && 'authenticateAgents',
      )
    }),
    ...cluster.withRecipe('marathon').flatMap((host) => {
      const { mesosPrincipal: principal, mesosSecret: secret } = varsOf<{
        mesosPrincipal?: string
        mesosSecret?: Secret
      }>(host, 'marathon')
      const login = principal === undefined || secret === undefined ? undefined : { principal, secret }
      return wrong(
        pathOf(host, 'marathon', 'mesosPrincipal'),
        login,
        authenticateFrameworks === true && 'authenticateFrameworks',
      )
    }),
  ]
}
