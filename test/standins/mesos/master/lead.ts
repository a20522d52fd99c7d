import { pingAgents } from './agents.ts'
import { awaitAgents } from './missing.ts'
import { allocate } from './offers.ts'
import type { State } from './state.ts'
import type { Store } from './store.ts'

/**
 * Reads the registry as soon as a majority of replicas votes, and begins to lead. Where that takes too long the master
 * aborts, and another may try.
 */
export async function lead(state: State, quorate: () => boolean, store: () => Store): Promise<void> {
  const { flags, log } = state
  state.electedTime = Date.now() / 1000
  log.info('master.cpp:2200', 'Elected as the leading master!')
  const patience = setTimeout(
    () =>
      log.abort(
        'master.cpp:1663',
        `Recovery failed: Failed to recover registrar: Failed to perform fetch within ${flags.text('registry_fetch_timeout')}`,
      ),
    flags.ms('registry_fetch_timeout'),
  )
  while (!quorate()) await new Promise((resolve) => setTimeout(resolve, 50))
  await state.registrar.recover(store())
  clearTimeout(patience)
  log.info('registrar.cpp:380', 'Successfully recovered registrar')
  awaitAgents(state)
  state.recovered = true
  setInterval(() => allocate(state), flags.ms('allocation_interval'))
  setInterval(() => pingAgents(state), flags.ms('agent_ping_timeout'))
}
