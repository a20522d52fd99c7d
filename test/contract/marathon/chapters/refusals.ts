import type { Player } from '../player.ts'

/** Definitions that are refused, and some that one would not think are accepted. */
export const refusals = async (m: Player): Promise<void> => {
  await m.play(
    '30_POST_array_body',
    '30_POST_bad_acceptedRoles',
    '30_POST_bad_constraint',
    '30_POST_bad_enum_killSelection',
  )
  await m.play(
    '30_POST_bad_healthcheck_portindex',
    '30_POST_bad_id',
    '30_POST_bad_ports_dup',
    '30_POST_bad_role',
    '30_POST_bad_upgradeStrategy',
  )
  await m.play('30_POST_cmd_and_args', '30_POST_constraint_no_value', '30_POST_container_no_name', '30_POST_cpus_neg')
  await m.play(
    '30_POST_docker_no_image',
    '30_POST_empty_body',
    '30_POST_gpus_no_feature',
    '30_POST_malformed_json',
    '30_POST_neg_instances',
  )
  await m.play('30_POST_networks_host_and_container', '30_POST_no_cmd', '30_POST_no_id', '30_POST_readiness_no_port')
  await m.play('30_POST_secret_no_feature', '30_POST_text_plain_type', '30_POST_uris', '30_POST_wrong_type')
  await m.play('30_POST_no_content_type', '30_POST_cpus_zero')
  await m.play('30_POST_unknown_field', '30_POST_dependency_missing', '30_PUT_id_mismatch')
  await m.play('82_POST_unreachable_bad', '82_POST_residency')
  await m.clear()
}
