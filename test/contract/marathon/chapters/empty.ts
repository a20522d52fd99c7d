import type { Player } from '../player.ts'

/** With nothing there: who it is, what is unknown, what is empty. */
export const empty = async (m: Player): Promise<void> => {
  await m.play('10_ping', '10_ping_HEAD', '10_root', '11_info', '12_leader')
  await m.play(
    '14_status',
    '15_unknown_404',
    '15_v2_unknown_404',
    '16_plugins',
    '17_artifacts',
    '17_cors_preflight',
    '17_eventSubscriptions',
  )
  await m.play('17_help', '17_metrics_verbose', '17_schemas', '17_ui')
  await m.play(
    '20_apps_empty',
    '20_apps_gzip',
    '20_apps_no_accept',
    '20_apps_text_plain',
    '20_deployments_empty',
    '20_groups_empty',
  )
  await m.play('20_queue_empty', '20_tasks_empty', '20_tasks_text_plain')
  await m.play(
    '21_app_404',
    '21_app_delete_404',
    '21_app_restart_404',
    '21_app_tasks_404',
    '21_app_versions_404',
    '21_apps_method_405',
  )
  await m.play('21_apps_options', '21_deployment_delete_404', '21_group_404', '21_queue_delay_404')
  await m.play('90_leader_events_any_accept', '90_leader_events_no_accept', '90_leader_404')
}
