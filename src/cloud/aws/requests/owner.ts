import type { Owner } from '../../provider.ts'
import type { EC2Client } from '../sdk.ts'
import { signedPost } from './signed.ts'

const STS = { name: 'sts', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
const QUESTION = 'Action=GetCallerIdentity&Version=2011-06-15'

/** How many milliseconds to wait for an answer: a network that reaches EC2 may not reach this service. */
const PATIENCE = 5000

/**
 * The account of the credentials, which needs no permission. Undefined if there is no answer, or a refusal: the next
 * request reports what is wrong with the credentials.
 */
export async function ownerOf(client: EC2Client, region: string): Promise<Owner | undefined> {
  try {
    const { words } = await signedPost(client, region, STS, QUESTION, AbortSignal.timeout(PATIENCE))
    const account = /<Account>(\d+)<\/Account>/.exec(words)?.[1]
    return account === undefined ? undefined : { account, region }
  } catch {
    return undefined
  }
}
