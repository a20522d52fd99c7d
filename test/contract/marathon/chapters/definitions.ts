import type { Player } from '../player.ts'

/** What becomes of definitions of every kind: ports, networks, containers, constraints; nested apps. */
export const definitions = async (m: Player): Promise<void> => {
  await m.play(
    '82_POST_requirePorts',
    '82_POST_requirePorts_unavailable',
    '82_POST_servicePort_fixed',
    '82_POST_servicePort_taken',
  )
  await m.play(
    '82_POST_no_ports',
    '82_POST_legacy_ports',
    '82_POST_bridge_mesos',
    '82_POST_container_net',
    '82_POST_legacy_docker_bridge',
  )
  await m.play(
    '82_POST_docker_host',
    '82_POST_unreachable_custom',
    '82_POST_unreachable_disabled',
    '82_POST_everything',
  )
  await m.running('/p-no-ports', 1)
  m.agent = (await m.tasks('/p-no-ports'))[0]?.host ?? m.agent
  await m.play('82_GET_no_ports', '82_GET_residency')
  await m.clear()
  for (const kind of ['CLUSTER_host', 'LIKE', 'UNLIKE', 'MAX_PER', 'IS', 'UNIQUE']) {
    await m.play(`81_POST_constraint_${kind}`)
    if (kind === 'UNIQUE' || kind === 'MAX_PER') {
      await m.until('two run, and nothing fits the third', async () => {
        const running = (await m.tasks('/con')).filter(({ state }) => state === 'TASK_RUNNING').length
        const { queue } = await m.get<{ queue: { processedOffersSummary: { unusedOffersCount: number } }[] }>(
          '/v2/queue',
        )
        return running === 2 && (queue[0]?.processedOffersSummary.unusedOffersCount ?? 0) >= 2
      })
      await m.play(`81_queue_constraint_${kind}`)
    } else await m.idle()
    await m.play(`81_tasks_constraint_${kind}`)
    await m.clear()
  }
}
