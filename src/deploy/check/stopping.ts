import { object } from '../../lib/json.ts'
import { DEFAULT, prestopOf } from '../app/prestop.ts'
import { isBalanced, type Rule, refuse, warn } from './rule.ts'

const grace: Rule = (app) => {
  const wait = prestopOf(app)
  const { taskKillGracePeriodSeconds: given } = app
  if (wait !== undefined && given === undefined)
    return refuse(
      'grace',
      'taskKillGracePeriodSeconds',
      `is missing: the task is killed within seconds of SIGTERM, but its pre-stop serves on for ${wait} s. Set it to ${wait + 30}.`,
    )
  if (wait !== undefined && Number(given) <= wait)
    return refuse(
      'grace',
      'taskKillGracePeriodSeconds',
      `${given} s are not longer than the pre-stop of ${wait} s: what is still being answered then is cut off. Set it to ${wait + 30}, or to the pre-stop and the longest request together.`,
    )
  if (given === undefined && app.container !== undefined)
    return warn(
      'kill-grace',
      'taskKillGracePeriodSeconds',
      'is missing: a task is killed within seconds of SIGTERM, whatever it is answering just then.',
    )
  return []
}

/** A pre-stop for whose time the wrapper has no use: its sleep fails, and the task stops at once. */
const sleeps: Rule = ({ env }) => {
  const { PRESTOP: said } = object(env)
  if (typeof said !== 'string' || /^(\d+(\.\d+)?)?$/.test(said)) return []
  return refuse(
    'grace',
    'env.PRESTOP',
    `${JSON.stringify(said)} is no number of seconds, so that tasks would stop at once. Set it to "${DEFAULT}".`,
  )
}

const prestop: Rule = (app) =>
  isBalanced(app) && prestopOf(app) === undefined
    ? warn(
        'prestop',
        'args',
        'nothing shows a pre-stop: a task that stops at SIGTERM is still sent requests until every HAProxy knows (up to 3.2 s); 117 to 283 of them were lost per deployment. provision deploy --prestop shows the wrapper.',
      )
    : []

const shell: Rule = (app) =>
  typeof app.cmd === 'string' && isBalanced(app) && !/\bexec\b|\btrap\b/.test(app.cmd)
    ? warn(
        'shell',
        'cmd',
        'runs under sh -c, which does not pass SIGTERM on: the process is killed without notice. Begin it with exec, or use args.',
      )
    : []

/** No pause before a task that has died is started again. */
const backoff: Rule = (app) => {
  const key = ['backoffSeconds', 'maxLaunchDelaySeconds'].find((each) => app[each] === 0)
  return key === undefined
    ? []
    : warn('backoff', key, '0 starts a task that dies again at once, and again: leave it out, or set it to 1 or more.')
}

/** Checks that a task finishes its open requests before it stops. */
export const stopping: readonly Rule[] = [sleeps, grace, prestop, shell, backoff]
