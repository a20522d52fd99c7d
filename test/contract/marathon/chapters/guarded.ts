import type { Player } from '../player.ts'

/**
 * With `--http_credentials user:pass`, without high availability, with features, one deployment at a time. @param open
 * asks without credentials
 */
export const guarded = async (m: Player, open: Player): Promise<void> => {
  await m.until('it leads', async () => (await m.ask('GET', '/ping')).status === 200)
  await open.play(
    '96_auth_POST_nocred',
    '96_auth_apps_badcred',
    '96_auth_apps_nocred',
    '96_auth_events_nocred',
    '96_auth_leader_nocred',
  )
  await open.play('96_auth_metrics_nocred', '96_auth_ping_nocred', '96_auth_root_nocred', '96_auth_unknown_path_nocred')
  await m.play('96_auth_apps_ok', '96_auth_info_ok', '96_auth_leader_ok_disable_ha', '96_auth_ping_ok')
  await m.play('97_POST_slow', '97_POST_second_deployment_403')
  await m.idle()
  await m.play('97_secret_app')
  await m.idle()
  await m.play('97_secret_undeclared', '97_gpu_app')
  await m.idle()
  const [task] = await m.tasks('/slow')
  await m.playAs('97_DELETE_task', { path: `/v2/apps/slow/tasks/${task?.id}` })
  await m.until('it is being killed', async () =>
    (await m.tasks('/slow')).some(({ state }) => state === 'TASK_KILLING'),
  )
  await m.play('97_tasks_while_killing')
  await m.clear()
}
