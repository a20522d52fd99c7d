import type { Opening, Provider } from '../provider.ts'
import { Ec2 } from './provider.ts'

/** Opens EC2. Only this function loads the SDK. */
export async function loadAws(opening: Opening): Promise<Provider> {
  // Otherwise the SDK warns before every command that it will drop support for this version of Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  return new Ec2(await import('./sdk.ts'), opening.account)
}
