import type { Player } from '../player.ts'

/** Waits until a task has failed, at least so often: until it is relaunched, the one that failed is still shown. */
const failed = (m: Player, app: string, time = 1): Promise<void> =>
  m.until(`task ${time} of ${app} has failed`, async () =>
    (await m.tasks(app)).some(({ id, state }) => Number(id.split('.').at(-1)) >= time && state === 'TASK_FAILED'),
  )

interface Shown {
  readonly app: { readonly tasks: readonly { readonly state: string }[] }
}
/** The moment in which the task that failed is shown: not yet the one that takes its place. */
const shows = ({ app: { tasks } }: Shown): boolean => tasks.map(({ state }) => state).join() === 'TASK_FAILED'

/** Tasks that end by themselves, and what is told of it. */
export const failing = async (m: Player): Promise<void> => {
  await m.play('54_POST_failing')
  await failed(m, '/fail')
  await m.playAt('54_GET_fail', shows)
  await m.play('54_queue_backoff', '54_DELETE_queue_delay_b')
  await failed(m, '/fail', 2)
  await m.play('54_queue_after_reset', '54_DELETE_queue_delay_204')
  await m.playAt('54_GET_fail_later', shows)
  await m.play('54_DELETE_fail_force')
  await m.idle()
  await m.play('55_POST_finishing')
  await m.until('it is relaunched', async () =>
    (await m.tasks('/fin')).some(({ id, state }) => id.endsWith('.2') && state === 'TASK_RUNNING'),
  )
  await m.play('55_GET_finishing')
  await m.play('57_POST_docker')
  await failed(m, '/dock')
  await m.play('57_GET_docker')
  await m.clear()
  await m.ask('POST', '/v2/apps', { id: '/other', cmd: 'sleep 1000', cpus: 0.1, mem: 16 })
  await m.play('58_POST_slowterm')
  await m.idle()
  await m.ask('DELETE', '/v2/apps/slow')
  await m.play('58_GET_app_while_killing', '58_deployments_while_killing', '58_tasks_while_killing')
  await m.clear()
}
