import type { Opening, Provider } from '../provider.ts'
import { Ec2 } from './provider.ts'

/** Opens EC2: loads the SDK, which nothing else does. */
export async function loadAws(opening: Opening): Promise<Provider> {
  // Else it warns, before every command, that it will not support this version of Node for ever.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  return new Ec2(await import('./sdk.ts'), opening.account)
}
