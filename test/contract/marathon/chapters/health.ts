import type { Player } from '../player.ts'

/** Health checks of each kind, before and after their first success; a readiness check. */
export const health = async (m: Player): Promise<void> => {
  await m.play(
    '61_POST_hc_HTTP',
    '61_GET_hc_not_yet',
    '61_POST_hc_MESOS_HTTP',
    '61_POST_hc_TCP',
    '61_POST_hc_MESOS_TCP',
    '61_POST_hc_COMMAND',
  )
  await m.idle()
  await m.play(
    '61_GET_hc_HTTP_healthy',
    '61_GET_hc_MESOS_HTTP_healthy',
    '61_GET_hc_TCP_healthy',
    '61_GET_hc_MESOS_TCP_healthy',
  )
  await m.play('61_GET_hc_COMMAND_healthy')
  await m.play('63_POST_readiness', '63_GET_readiness_waiting')
  await m.idle()
  await m.play('63_GET_readiness_done', '63_PUT_update')
  type Ready = { readonly app: { readonly readinessCheckResults?: readonly object[] } }
  const asked = async (): Promise<number> =>
    (await m.get<Ready>('/v2/apps/rdy?embed=app.readiness')).app.readinessCheckResults?.length ?? 0
  await m.until('both new tasks have been asked whether they are ready', async () => (await asked()) === 2)
  await m.play('63_GET_update')
  await m.clear()
}
