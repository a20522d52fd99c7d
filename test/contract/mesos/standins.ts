import type { Sandbox, SandboxHost } from '../../../src/sandbox/index.ts'
import {
  agentEnv,
  busyboxImage,
  install,
  masterEnv,
  STANDINS,
  startAgent,
  startMaster,
  zkUrl,
  zooKeeperOn,
} from '../../support/mesos.ts'
import { eventually } from '../../support/until.ts'
import type { Place } from './scene.ts'

const elected = async ({ address }: SandboxHost): Promise<boolean> => {
  const metrics = (await (await fetch(`http://${address}:5050/metrics/snapshot`)).json()) as Record<string, number>
  return metrics['master/elected'] === 1 && metrics['registrar/state_fetch_ms'] !== undefined
}

/** Three masters with a real ZooKeeper, and an agent with a real Docker, as the recorded ones were configured. */
export async function standins(box: Sandbox): Promise<Place> {
  const names = ['m1', 'm2', 'm3'].map((name) => ({ name, layer: STANDINS }))
  const hosts = await box.up([...names, { name: 'a1', layer: STANDINS, unified: false }])
  const [masters, agent] = [hosts.slice(0, 3), hosts[3] as SandboxHost]
  await Promise.all([zooKeeperOn(masters.slice(0, 1)), install(hosts)])
  const zk = zkUrl(masters.slice(0, 1))
  await Promise.all([
    ...masters.map((h) => startMaster(h, masterEnv(h, zk, 2))),
    startAgent(agent, agentEnv(agent, zk)).then(() => busyboxImage(agent)),
  ])
  const leader = await eventually('a master leads', async () => {
    for (const host of masters) if (await elected(host)) return host
    return undefined
  })
  await eventually('the agent is registered', async () =>
    (await (await fetch(`http://${leader.address}:5050/slaves`)).text()).includes('"active":true') ? true : undefined,
  )
  const follower = masters.find((h) => h !== leader) as SandboxHost
  return {
    master: `http://${leader.address}:5050`,
    agent: `http://${agent.address}:5051`,
    follower: `http://${follower.address}:5050`,
    image: 'bb:1',
  }
}
