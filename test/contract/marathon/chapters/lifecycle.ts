import type { Player } from '../player.ts'

const VERSION = '2026-11-22T10:43:26.398Z'

/**
 * An app from its creation on: looked at in every way, scaled, changed, restarted, taken back to an old version.
 *
 * @param offers holds Mesos's offers back while the app is to be seen waiting, where that can be done
 */
export const lifecycle = async (m: Player, offers: (given: boolean) => void): Promise<void> => {
  offers(false)
  await m.play(
    '41_POST_v2_apps_201',
    '41_POST_v2_apps_409_exists',
    '41_PUT_409_locked',
    '41_deployments_running',
    '41_queue_while_starting',
  )
  offers(true)
  await m.idle()
  const first = await m.version('/web')
  await m.play(
    '42_GET_app',
    '42_GET_app_embed_all',
    '42_GET_app_tasks',
    '42_GET_app_tasks_text',
    '42_GET_apps',
    '42_GET_apps_embed',
  )
  await m.play(
    '42_GET_apps_filter_id',
    '42_GET_apps_filter_label',
    '42_GET_apps_filter_label_bad',
    '42_GET_apps_filter_label_none',
  )
  await m.playAs('42_GET_apps_filter_cmd', { path: '/v2/apps?cmd=python3' })
  await m.play('42_GET_apps_group_wildcard', '42_GET_group_embed', '42_GET_group_root', '42_GET_group_versions')
  await m.play(
    '42_GET_tasks',
    '42_GET_tasks_running',
    '42_GET_tasks_staging',
    '42_GET_tasks_status_bad',
    '42_GET_tasks_text',
  )
  await m.playAs('42_GET_version', { path: `/v2/apps/web/versions/${first}` })
  await m.play('42_GET_version_404', '42_GET_version_bad', '42_GET_versions')
  await m.play('43_PUT_scale_up_200')
  await m.idle()
  await m.play('43_PUT_scale_down_200')
  await m.idle()
  await m.play('43_PUT_noop_200', '44_PUT_update_env_200')
  await m.idle()
  await m.play('44_GET_app_after', '45_POST_restart_200')
  await m.idle()
  await m.play('46_PATCH_apps')
  await m.idle()
  await m.play('46_PATCH_app')
  await m.idle()
  await m.play('47_PUT_create_201')
  await m.idle()
  await m.play('47_GET_viaput', '47_PUT_partialUpdate_false')
  await m.idle()
  await m.play('47_GET_viaput_after_full', '47_PUT_apps_bulk')
  await m.idle()
  await m.play('47_GET_versions')
  await m.playAs('47_PUT_old_version', { body: JSON.stringify({ version: first }).replace(VERSION, first) })
  await m.idle()
}
