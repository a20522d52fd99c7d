import type { Exception } from '../compare.ts'

/** Where answers differ from the recorded ones, and why they may. */
export const exceptions: readonly Exception[] = [
  {
    at: 'event api_post_event',
    path: '.appDefinition.**',
    reason: 'the definition is that of whatever app was posted last; definitions are compared by 30_* to 82_*',
  },
  {
    at: 'event add_health_check_event',
    path: '.healthCheck.**',
    reason: 'the fields are those of whatever kind of check came last; checks are compared by 61_*',
  },
  {
    at: 'event instance_health_changed_event',
    path: '.healthy',
    reason: 'null where a task with a check by Mesos has ended: so it was recorded as well, but not in the sample',
  },
  {
    at: '90_standby_root',
    path: 'header content-type',
    reason: 'the real proxy calls the type of an empty body none/none',
  },
]

/** What is borne at a real cluster as well: its agents have Docker, and give offers whenever they like. */
export const AT_REAL: readonly Exception[] = [
  {
    at: '41_queue_while_starting',
    path: '.queue[].processedOffersSummary.lastUsedOfferAt',
    reason: 'one of two tasks has had its offer, and the other one waits: no offer had come yet when it was recorded',
  },
  {
    at: 'event status_update_event:TASK_FAILED',
    path: '.ipAddresses[]',
    reason: 'the recorded agents had no Docker; a container that does not start has no address',
  },
  {
    at: 'event status_update_event:TASK_FAILED',
    path: '.ports[]',
    reason: 'the task that failed last may be that of an app without ports; the recorded one had some',
  },
]
