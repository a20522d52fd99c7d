import { available, openSandbox } from '../../../src/sandbox/index.ts'
import { onLayers } from '../../support/layers.ts'
import { newTally, type Tally } from '../replay.ts'
import { drained } from './drained.ts'
import { events } from './events.ts'
import { AT_REAL, EXCEPTIONS } from './exceptions.ts'
import { maintained } from './maintained.ts'
import { Scene } from './scene.ts'
import { shown } from './shown.ts'
import { standins } from './standins.ts'
import { told } from './told.ts'

/** Replays everything at stand-ins; `mayChange` leaves out what drains and removes the agent. */
export async function replayAll(scene: Scene, mayChange: boolean): Promise<void> {
  await shown(scene)
  await told(scene)
  if (mayChange) {
    await maintained(scene)
    await drained(scene)
  }
  events(scene.frameworks, scene.tally)
}

/**
 * The contract at the master and the agent that `MESOS_MASTER` and `MESOS_AGENT` name (and `MESOS_FOLLOWER`), else at
 * stand-ins in a sandbox of their own. At real ones maintenance and drains are replayed only where `MESOS_CHANGES=yes`:
 * the agent is marked as gone at their end.
 */
export async function mesos(env: NodeJS.ProcessEnv): Promise<{ readonly name: string; readonly tally: Tally }> {
  const tally = newTally()
  const { MESOS_MASTER, MESOS_AGENT, MESOS_FOLLOWER, MESOS_IMAGE = 'busybox:latest', MESOS_CHANGES } = env
  if (MESOS_MASTER !== undefined && MESOS_AGENT !== undefined) {
    const place = { master: `http://${MESOS_MASTER}`, agent: `http://${MESOS_AGENT}`, image: MESOS_IMAGE }
    const follower = MESOS_FOLLOWER !== undefined && { follower: `http://${MESOS_FOLLOWER}` }
    await replayAll(new Scene({ ...place, ...follower }, tally, [...EXCEPTIONS, ...AT_REAL]), MESOS_CHANGES === 'yes')
    return { name: `mesos (${MESOS_MASTER}, ${MESOS_AGENT})`, tally }
  }
  const why = available()
  if (why !== undefined) return { name: `mesos (not run here: ${why})`, tally }
  const box = onLayers(await openSandbox({ name: 'contract-mesos' }))
  try {
    await replayAll(new Scene(await standins(box), tally), true)
  } finally {
    await box.down()
  }
  return { name: 'mesos (stand-ins)', tally }
}
