import type { Player } from '../player.ts'

interface Queue {
  readonly queue: readonly { readonly processedOffersSummary: { readonly unusedOffersCount: number } }[]
}

const declined = (m: Player): Promise<void> =>
  m.until(
    'offers have been declined',
    async () => ((await m.get<Queue>('/v2/queue')).queue[0]?.processedOffersSummary.unusedOffersCount ?? 0) >= 2,
  )

/** Deployments that find no room: looked at, refused to others, dropped, rolled back. */
export const stuck = async (m: Player): Promise<void> => {
  await m.play('51_POST_too_big_201')
  await declined(m)
  await m.play(
    '51_GET_app',
    '51_deployments',
    '51_queue_insufficient',
    '51_queue_insufficient_embed',
    '51_PUT_409',
    '51_POST_restart_409',
  )
  await m.play('51_DELETE_app_409')
  await m.idle()
  await m.play(
    '51_DELETE_deployment_rollback',
    '51_deployments_during_rollback',
    '51_deployments_after_rollback',
    '51_GET_app_after_rollback',
  )
  await m.ask('POST', '/v2/apps', { id: '/big2', cmd: 'sleep 1000', cpus: 64, mem: 32, instances: 1 })
  await declined(m)
  await m.playAs('52_DELETE_deployment_force', { path: `/v2/deployments/${await m.deployment('/big2')}?force=true` })
  await m.play('52_GET_app_after_force', '52_queue', '52_PUT_force')
  await m.idle()
  await m.ask('PUT', '/v2/apps/big2', { cpus: 64 })
  await m.play('53_deployments_stuck_update')
  await m.playAs('53_DELETE_deployment_update', { path: `/v2/deployments/${await m.deployment('/big2')}` })
  await m.play('53_deployments_after')
  await m.idle()
  await m.play('53_GET_app', '53_deployments_end')
  await m.ask('POST', '/v2/apps', { id: '/stuck', cmd: 'sleep 1000', cpus: 64, mem: 32, instances: 1 })
  await m.play('59_DELETE_app_force_false_409', '59_POST_restart_409')
  await m.playAs('59_DELETE_deployment_stuck_create', { path: `/v2/deployments/${await m.deployment('/stuck')}` })
  await m.idle()
  await m.play('59_GET_app_after_rollback')
  await m.clear()
}
