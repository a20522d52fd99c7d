import type { Json } from '../../lib/json.ts'
import { checks, isBalanced, type Rule, refuse, warn } from './rule.ts'

const isMesos = (check: Json): boolean => /^(MESOS_|COMMAND$)/.test(String(check.protocol ?? 'HTTP'))

const mesosFailures: Rule = (app) =>
  checks(app).flatMap((check, i) =>
    isMesos(check) && check.maxConsecutiveFailures === 0
      ? refuse(
          'check-failures',
          `healthChecks[${i}].maxConsecutiveFailures`,
          `0 means never to Marathon's own checks, but to ${check.protocol} it means that the first failure kills the task. Set it to 3.`,
        )
      : [],
  )

const mixedChecks: Rule = (app) => {
  const mesos = checks(app).filter(isMesos).length
  if (mesos === 0 || mesos === checks(app).length) return []
  return refuse(
    'mixed-checks',
    'healthChecks',
    'some are made by Mesos (MESOS_…, COMMAND) and some by Marathon (HTTP, HTTPS, TCP): an app may have one kind only. Use MESOS_HTTP for all.',
  )
}

/** A time of 0, which Mesos and Marathon take. */
const pauses: Rule = (app) =>
  checks(app).flatMap((check, i) => [
    ...(check.intervalSeconds === 0
      ? refuse(
          'check-time',
          `healthChecks[${i}].intervalSeconds`,
          '0 asks again without a pause, which keeps a CPU of the slave busy for each task. Set it to 2, or more.',
        )
      : []),
    ...(check.timeoutSeconds === 0
      ? refuse(
          'check-time',
          `healthChecks[${i}].timeoutSeconds`,
          `0 means ${isMesos(check) ? 'for ever to Mesos, so that a task that hangs is never found' : 'that no answer is in time'}. Set it to 10.`,
        )
      : []),
  ])

/** A path without its slash: Mesos adds it to the port. Where the app is balanced, `lb-check` tells that. */
const path: Rule = (app) =>
  isBalanced(app)
    ? []
    : checks(app).flatMap(({ protocol, path }, i) =>
        /^MESOS_HTTPS?$/.test(String(protocol)) && typeof path === 'string' && !path.startsWith('/')
          ? refuse(
              'check-path',
              `healthChecks[${i}].path`,
              `${JSON.stringify(path)} does not begin with a slash, so that no task would ever be healthy: write ${JSON.stringify(`/${path}`)}.`,
            )
          : [],
      )

const noCheck: Rule = (app) =>
  isBalanced(app) && checks(app).length === 0
    ? refuse(
        'no-check',
        'healthChecks',
        'is missing: without a health check a task counts as healthy as soon as it runs, and old tasks are killed before new ones answer. Add [{"protocol": "MESOS_HTTP", "path": "/healthz"}].',
      )
    : []

const marathonChecks: Rule = (app) =>
  checks(app).some((check) => !isMesos(check)) && !checks(app).some(isMesos)
    ? warn(
        'marathon-checks',
        'healthChecks',
        "Marathon's own checks know nothing for a while after its leader has changed, and do not tell it which tasks to spare. MESOS_HTTP does both better.",
      )
    : []

/** Checks how an app decides that a task is healthy. */
export const health: readonly Rule[] = [noCheck, mixedChecks, mesosFailures, pauses, path, marathonChecks]
