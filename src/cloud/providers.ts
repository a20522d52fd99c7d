import type { CloudName } from '../model/cloud.ts'
import type { Opening, Provider } from './provider.ts'

/** All clouds; each is loaded when it is opened. */
const CLOUDS: Readonly<Record<CloudName, (opening: Opening) => Promise<Provider>>> = {
  aws: async (opening) => (await import('./aws/load.ts')).loadAws(opening),
  sandbox: async (opening) => (await import('./sandbox/provider.ts')).sandboxProvider(opening),
}

/** Opens the inventory's cloud. @throws CloudError */
export const openProvider = (opening: Opening): Promise<Provider> => CLOUDS[opening.account.provider](opening)
