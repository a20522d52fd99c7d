import { type Place, withPlace } from '../../standins/marathon/sim/place.ts'
import { newTally, type Tally } from '../replay.ts'
import { agents, behave } from './behave.ts'
import { alone } from './chapters/alone.ts'
import { guarded } from './chapters/guarded.ts'
import { standby } from './chapters/standby.ts'
import { Events } from './events.ts'
import { AT_REAL, exceptions } from './exceptions.ts'
import { Player } from './player.ts'
import { script } from './script.ts'

/**
 * Replays the contract at a leader that has no apps: a real one, unless `offers` holds offers back. @throws Error where
 * it does not get on
 */
const atLeader = async (address: string, tally: Tally, offers?: (given: boolean) => void): Promise<void> => {
  const events = new Events(address)
  const borne = offers === undefined ? [...exceptions, ...AT_REAL] : exceptions
  try {
    await script(new Player(address, tally, {}, borne), offers)
    events.compare(tally, borne)
  } finally {
    events.close()
  }
}

const basic = (credentials: string) => ({ authorization: `Basic ${Buffer.from(credentials).toString('base64')}` })

const recorded = (body: (place: Place) => Promise<void>): Promise<void> => withPlace(body, { behave, agents })

/** What is replayed at stand-ins only, or needs processes started for it. */
export const parts: Readonly<Record<string, (tally: Tally) => Promise<void>>> = {
  'a leader': (tally) =>
    recorded(async ({ mesos, start }) => {
      const { address } = await start(['--enable_features', 'task_killing'])
      await atLeader(address, tally, (given) => {
        mesos.holds = !given
      })
    }),
  'a standby': (tally) =>
    recorded(async ({ start }) => {
      await start()
      await standby(new Player((await start()).address, tally))
    }),
  'behind credentials, alone, with features': (tally) =>
    recorded(async ({ start }) => {
      const features = ['--enable_features', 'task_killing,secrets,gpu_resources', '--max_running_deployments', '1']
      const { address } = await start(['--http_credentials', 'user:pass', '--disable_ha', ...features])
      await guarded(new Player(address, tally, basic('user:pass')), new Player(address, tally))
    }),
  'without any Mesos master': (tally) =>
    recorded(async ({ zookeeper, start }) => {
      zookeeper.put('/nomesos', '')
      const { address } = await start(['--master', `zk://127.0.0.1:${zookeeper.port}/nomesos`])
      await alone(new Player(address, tally))
    }),
}

/** The contract at the Marathon that `MARATHON` names, or at stand-ins. */
export const marathon = async ({
  MARATHON,
}: NodeJS.ProcessEnv): Promise<{ readonly name: string; readonly tally: Tally }> => {
  const tally = newTally()
  if (MARATHON !== undefined) await atLeader(MARATHON, tally)
  else for (const part of Object.values(parts)) await part(tally)
  return { name: MARATHON === undefined ? 'marathon (stand-in)' : `marathon (${MARATHON})`, tally }
}
