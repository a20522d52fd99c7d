import { balanced } from '../../balancing/balanced.ts'
import { isCertified } from '../../balancing/certificates.ts'
import { clashes } from '../../balancing/clash.ts'
import { balanceable } from '../../balancing/definition.ts'
import { labelPath, type Mistake } from '../../balancing/labels.ts'
import { foreignLabels, idleLabels, misplacedLabels, unknownLabels } from '../../balancing/other-labels.ts'
import { type Finding, instances, isBalanced, labels, type Rule, refuse, warn } from './rule.ts'

const refused = (mistakes: readonly Mistake[]): readonly Finding[] =>
  mistakes.flatMap(({ rule, path, message }) => refuse(rule, path, message))
const told = (notes: readonly Mistake[]): readonly Finding[] =>
  notes.flatMap(({ rule, path, message }) => warn(rule, path, message))

/** Labels that the registrar, consul-template or HAProxy could not act on. */
const followed: Rule = (app) => {
  const all = balanceable(app)
  const how = balanced(all)
  const misplaced = misplacedLabels(app)
  return [
    ...refused([...unknownLabels(all.labels), ...misplaced.ours]),
    ...refused(how?.mistakes ?? []),
    ...told([...(how?.notes ?? []), ...foreignLabels(all.labels), ...misplaced.others, ...idleLabels(all.labels)]),
  ]
}

/** Routes that another app has already, or would lose. */
const clash: Rule = (app, { apps = [], fronts = [], replaces }) => {
  const { mistakes, notes } = clashes(balanceable(app), apps.map(balanceable), fronts, replaces)
  return [...refused(mistakes), ...told(notes)]
}

/** Names that no certificate is for, although clients are sent to them over https. */
const certified: Rule = (app, { fronts = [] }) => {
  const how = balanced(balanceable(app))
  if (how === undefined || how.tcp !== undefined) return []
  return fronts.flatMap(({ host, certified }) => {
    const names = new Set(certified)
    const bare = certified === undefined ? [] : how.hosts.filter((name) => !isCertified(name, names))
    return bare.length === 0
      ? []
      : warn(
          'lb-certificate',
          labelPath('lb.host'),
          `no certificate of ${host} is for ${bare.join(', ')}, but its HAProxy redirects clients to https. Add one to vars.haproxy.tls.`,
        )
  })
}

const lbEnable: Rule = (app) => {
  const said = labels(app)['lb.enable']
  return said === undefined || said === 'true' || said === 'false'
    ? []
    : refuse(
        'lb-label',
        labelPath('lb.enable'),
        `"${said}" is neither "true" nor "false": only "true" puts an app behind the HAProxies.`,
      )
}

const strict: Rule = (app, { strict = 0 }) =>
  isBalanced(app) && instances(app) < strict
    ? warn(
        'no-local-task',
        'instances',
        `${instances(app)} tasks cannot be on all ${strict} slaves, and with vars.haproxy.fallback "none" a slave without one answers 503.`,
      )
    : []

/** Checks that the HAProxies can route to the app, and can keep routing to the others. */
export const loadBalancer: readonly Rule[] = [lbEnable, followed, clash, certified, strict]
