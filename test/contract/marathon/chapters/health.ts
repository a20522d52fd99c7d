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
  interface Ready {
    readonly app: {
      readonly readinessCheckResults?: readonly object[]
      readonly tasks?: readonly { readonly startedAt?: string }[]
    }
  }
  // both new tasks run and have been asked whether they are ready
  await m.playAt<Ready>(
    '63_GET_update',
    ({ app: { readinessCheckResults = [], tasks = [] } }) =>
      readinessCheckResults.length === 2 && tasks.length > 0 && tasks.every(({ startedAt }) => startedAt !== undefined),
  )
  await m.clear()
}
