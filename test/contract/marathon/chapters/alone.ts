import type { Player } from '../player.ts'

/** Where no Mesos master has ever been. */
export const alone = async (m: Player): Promise<void> => {
  await m.play('98_nomesos_ping', '98_nomesos_info', '98_nomesos_leader', '98_nomesos_apps', '98_nomesos_POST')
  await m.play('98_nomesos_app', '98_nomesos_deployments', '98_nomesos_queue', '98_single_DELETE_leader')
}
