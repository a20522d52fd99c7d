import { type Player, SERVES } from '../player.ts'

const UPG = {
  id: '/upg',
  cmd: SERVES,
  cpus: 0.1,
  mem: 32,
  instances: 2,
  portDefinitions: [{ port: 0 }],
  healthChecks: [
    {
      protocol: 'HTTP',
      path: '/',
      gracePeriodSeconds: 60, // of those who are just starting, no failure is kept, however long that takes
      intervalSeconds: 1,
      timeoutSeconds: 1,
      maxConsecutiveFailures: 2,
    },
  ],
}

/** Updates that are refused or do nothing, an update that fails and is rolled back, and how paths may be written. */
export const updates = async (m: Player): Promise<void> => {
  await m.ask('POST', '/v2/apps', UPG)
  await m.idle()
  const before = await m.version('/upg')
  await m.play('59_PUT_bad_update')
  interface Stuck {
    readonly app: {
      readonly tasks: readonly { readonly state: string; readonly healthCheckResults: readonly { alive: boolean }[] }[]
    }
  }
  // both new tasks have failed, neither has been started again, and no check has found one that had not failed yet
  await m.playAt<Stuck>('59_GET_upg_stuck', ({ app: { tasks } }) => {
    const said = tasks.map((task) => `${task.state} ${task.healthCheckResults.map(({ alive }) => alive).join()}`)
    return said.toSorted().join(';') === 'TASK_FAILED ;TASK_FAILED ;TASK_RUNNING true;TASK_RUNNING true'
  })
  await m.play('59_deployments_upg_stuck', '59_queue_upg_stuck')
  await m.playAs('59_DELETE_deployment_upg', { path: `/v2/deployments/${await m.deployment('/upg')}` })
  await m.play('59_deployments_rolling_back')
  await m.idle()
  await m.play(
    '59_GET_upg_rolled_back',
    '59_PUT_unknown_field',
    '59_PUT_tasksRunning_fields',
    '59_PUT_instances_string',
    '59_PUT_malformed',
  )
  await m.playAs('59_PUT_version_and_more', { body: JSON.stringify({ version: before, instances: 1 }) })
  await m.play('59_PUT_version_unknown')
  const { app } = await m.get<{ app: object }>('/v2/apps/upg')
  await m.playAs('59_PUT_whole_GET_back', { body: JSON.stringify(app) })
  await m.play(
    '59_GET_app_double_slash',
    '59_GET_app_trailing',
    '59_GET_apps_embed_deprecated',
    '59_HEAD_apps',
    '59_PATCH_new_app_404',
    '59_PUT_force_noop',
  )
  await m.play(
    '59_POST_force_param',
    '59_PUT_conflicting_ports',
    '59_GET_apps_embed_bogus',
    '59_GET_apps_trailing_slash',
    '59_POST_trailing',
  )
  await m.play('59_POST_relative_id', '59_POST_nested_id')
  await m.clear()
}
