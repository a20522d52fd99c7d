import type { CloudName } from '../model/cloud.ts'
import type { Opening, Provider } from './provider.ts'

/** Every cloud, each loaded when it is opened. */
const CLOUDS: Readonly<Record<CloudName, (opening: Opening) => Promise<Provider>>> = {
  aws: async (opening) => (await import('./aws/load.ts')).loadAws(opening),
  sandbox: async (opening) => (await import('./sandbox/provider.ts')).sandboxProvider(opening),
}

/** Opens the cloud of an inventory. @throws CloudError */
export const openProvider = (opening: Opening): Promise<Provider> => CLOUDS[opening.account.provider](opening)
