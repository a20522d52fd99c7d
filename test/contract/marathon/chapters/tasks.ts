import type { Player } from '../player.ts'

const first = async (m: Player, app: string): Promise<string> => (await m.tasks(app))[0]?.id as string

/**
 * Tasks killed one by one, by host, all, and with the app scaled down; then the apps removed. Follows on `lifecycle`.
 */
export const tasks = async (m: Player): Promise<void> => {
  await m.running('/web', 2)
  await m.play('48_GET_tasks_before_kill')
  const victim = await first(m, '/web')
  await m.playAs('48_DELETE_task', { path: `/v2/apps/web/tasks/${victim}` })
  await m.until('it is relaunched as its second incarnation', async () =>
    (await m.tasks('/web')).some(({ id, state }) => id === victim.replace(/1$/, '2') && state === 'TASK_RUNNING'),
  )
  await m.play('48_GET_tasks_after_kill', '48_GET_app_after_kill')
  await m.playAs('48_DELETE_task_404', { path: `/v2/apps/web/tasks/${victim}` })
  await m.until('it is relaunched as its third incarnation', async () =>
    (await m.tasks('/web')).some(({ id, state }) => id === victim.replace(/1$/, '3') && state === 'TASK_RUNNING'),
  )
  await m.playAs('48_DELETE_task_scale', { path: `/v2/apps/web/tasks/${await first(m, '/web')}?scale=true` })
  await m.idle()
  await m.running('/web', 1)
  await m.play('48_GET_app_after_kill_scale')
  await m.playAs('48_POST_tasks_delete', { body: JSON.stringify({ ids: [await first(m, '/web')] }) })
  await m.play('48_POST_tasks_delete_badid', '48_POST_tasks_delete_unknown', '48_POST_tasks_delete_wipe')
  await m.running('/viaput', 2)
  await m.play('48_DELETE_app_tasks_all')
  await m.until('those are gone', async () => (await m.tasks('/viaput')).every(({ id }) => !id.endsWith('.1')))
  await m.running('/viaput', 2)
  const { tasks: all } = await m.get<{ tasks: { host: string }[] }>('/v2/apps/viaput/tasks')
  await m.playAs('48_DELETE_app_tasks_host', { path: `/v2/apps/viaput/tasks?host=${all[0]?.host}` })
  await m.running('/web', 1)
  await m.playAs('48_POST_tasks_delete_scale', { body: JSON.stringify({ ids: [await first(m, '/web')] }) })
  await m.idle()
  await m.running('/viaput', 2)
  await m.play('48_DELETE_app_tasks_all_scale')
  await m.idle()
  await m.play('49_DELETE_app_200', '49_DELETE_app_bulk', '49_DELETE_viaput')
  await m.idle()
  await m.play('49_GET_app_deleted_404')
}
