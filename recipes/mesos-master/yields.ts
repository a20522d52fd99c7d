import { setTimeout as sleep } from 'node:timers/promises'
import {
  masterDial,
  masterState,
  mastersOf,
  mesosOperator,
  reachFrom,
  sh,
  type Turn,
  timeLimit,
} from '../../src/index.ts'

/** How many milliseconds another master may take to lead, and how many to wait between two checks. */
const PATIENCE = { lead: 90_000, poll: 1000 }

/**
 * A leaving master stops before the others lower their quorum: with one master too many for the quorum, the registry's
 * log could be corrupted. https://mesos.apache.org/documentation/latest/operational-guide/
 */
export async function yields(turn: Turn, patience = PATIENCE): Promise<void> {
  if (mastersOf(turn.cluster).length === 1) await leadFromOther(turn, patience)
  await turn.net.read(sh`systemctl disable -q --now mesos-master.service`)
}

/**
 * If only one master stays, it must have the whole registry. One of two need not; it has once it leads, because a
 * leader fetches what it lacks.
 */
async function leadFromOther({ cluster, net, say, signal }: Turn, patience: typeof PATIENCE): Promise<void> {
  const [other] = mastersOf(cluster)
  if (other === undefined) return
  const leads = async (): Promise<boolean> => {
    const state = await masterState(masterDial(other, reachFrom(net)), mesosOperator(cluster)).catch(() => undefined)
    return state?.elected === true && state.serves
  }
  if (await leads()) return
  if ((await net.read(sh`systemctl is-active -q mesos-master.service || echo stopped`)).trim() === 'stopped') return
  say(`${other.name} to lead the Mesos masters`)
  await net.read(sh`systemctl restart mesos-master.service`)
  const isLast = timeLimit(patience.lead)
  for (;;) {
    const last = isLast()
    if (await leads()) return
    if (last || signal.aborted) throw new Error(`${other.name} does not lead the Mesos masters yet`)
    await sleep(patience.poll)
  }
}
