import { eventually } from '../../support/until.ts'
import type { Scene } from './scene.ts'
import { past, stubborn, subscribe } from './tasks.ts'

/** The id of the agent in the recordings. */
const RECORDED = '209f5faa-2d6b-4215-8b14-7df66cfd0791-S1'

const state = async (scene: Scene): Promise<string | undefined> => (await scene.agent())?.drain_info?.state

/** An agent deactivated, drained with and without tasks, brought back, refused, and marked as gone at last. */
export async function drained(scene: Scene): Promise<void> {
  const { id } = await eventually('the agent is registered', () => scene.agent())
  scene.words = { [RECORDED]: id }
  scene.anew()
  await past(scene)
  const framework = await stubborn(scene, 'drained')
  await scene.step(
    'op_72_v1_DEACTIVATE_AGENT',
    'op_73_slaves_deactivated',
    'op_74_v1_GET_AGENTS_deactivated',
    'op_75_v1_REACTIVATE_AGENT',
  )
  await scene.step(
    'op_76_v1_DRAIN_AGENT',
    'op_77_slaves_draining',
    'op_78_v1_GET_AGENTS_draining',
    'op_82_v1_REACTIVATE_AGENT2',
    'op_83_v1_DRAIN_unknown',
  )
  await scene.step(
    'op_91_v1_DRAIN_AGENT',
    'op_92_slaves_draining',
    'op_93_v1_GET_AGENTS_draining',
    'op_94_v1_REACTIVATE_while_draining',
    'op_95_agent_state_draining',
  )
  await framework.state('drained', 'KILLED')
  await eventually('the agent is drained', async () => ((await state(scene)) === 'DRAINED' ? true : undefined))
  await framework.call('TEARDOWN')
  await eventually('the agent knows that it is drained', async () => ((await scene.drains()) ? undefined : true))
  await scene.step(
    'drain-slaves-drained',
    'op_98_v1_agent_GET_AGENT_drained',
    'op_113_registry_drained',
    'op_114_reactivate',
    'op_115_slaves_reactivated',
  )
  await scene.step('op_116_drain_idle')
  await eventually('the idle agent is drained', async () => ((await state(scene)) === 'DRAINED' ? true : undefined))
  await scene.step('op_111_slaves_drained', 'op_112_v1_GET_AGENTS_drained', 'op_117_reactivate')
  const witness = await subscribe(scene)
  await scene.step('op_118_drain_mark_gone')
  await witness.event('FAILURE')
  await eventually('the agent is gone', async () =>
    (await scene.agents()).some((a) => a.id === id) ? undefined : true,
  )
}
