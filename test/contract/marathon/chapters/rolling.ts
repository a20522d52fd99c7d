import { type Player, SERVES } from '../player.ts'

const roll = (strategy: object) => ({
  id: '/roll',
  cmd: SERVES,
  cpus: 0.1,
  mem: 32,
  instances: 4,
  upgradeStrategy: strategy,
})

/** An update on its way. */
export const rolling = async (m: Player): Promise<void> => {
  await m.ask('POST', '/v2/apps', roll({ minimumHealthCapacity: 1, maximumOverCapacity: 1 }))
  await m.idle()
  await m.play('70_PUT_rolling_min1_over1', '70_deployments_mid_min1_over1')
  await m.idle()
  await m.clear()
}
