import { type Player, SERVES } from '../player.ts'

/** The same, asked of a standby: the leader's answers, and where events are. */
export const standby = async (m: Player): Promise<void> => {
  await m.ask('POST', '/v2/apps', {
    id: '/ha',
    cmd: SERVES,
    cpus: 0.1,
    mem: 32,
    instances: 2,
  })
  await m.idle()
  await m.play(
    '90_standby_404',
    '90_standby_apps',
    '90_standby_events_plain',
    '90_standby_info',
    '90_standby_leader',
    '90_standby_ping',
  )
  await m.play('90_standby_root', '90_standby_POST_app', '90_standby_PUT_app', '90_standby_DELETE_app')
  await m.clear()
  await m.play('92_DELETE_leader')
}
