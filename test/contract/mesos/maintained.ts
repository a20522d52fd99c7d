import { eventually } from '../../support/until.ts'
import type { Listed, Scene } from './scene.ts'

const address = (agent: Listed): string => /@(.*):/.exec(agent.pid)?.[1] ?? ''

/** Maintenance: scheduled, refused, a machine taken down, which ends its agent, and brought up again. */
export async function maintained(scene: Scene): Promise<void> {
  const agent = await eventually('the agent is registered', () => scene.agent())
  scene.words = { localhost: agent.hostname, '127.0.0.1': address(agent) }
  await scene.step(
    'op_01_maint_schedule_set',
    'op_02_maint_schedule_get',
    'op_03_maint_status_draining',
    'op_04_maint_v1_status',
    'op_05_maint_v1_schedule',
  )
  await scene.step(
    'op_06_maint_schedule_bad_ip',
    'op_07_maint_schedule_empty_machines',
    'op_08_maint_schedule_not_json',
    'op_09_machine_down_unscheduled',
  )
  await scene.step(
    'op_10_machine_up_not_down',
    'op_11_machine_down_ok',
    'op_12_maint_status_down',
    'op_14_maint_schedule_clear_while_down',
  )
  await scene.step('op_15_machine_up_ok', 'op_16_maint_status_up', 'op_17_maint_schedule_after_up')
  scene.words = {}
  await eventually('the agent is back', async () => ((await scene.agent())?.active ? true : undefined))
}
