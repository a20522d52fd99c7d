import type { Owner } from '../provider.ts'
import type { EC2Client } from './sdk.ts'
import { signedPost } from './signed.ts'

const STS = { name: 'sts', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
const QUESTION = 'Action=GetCallerIdentity&Version=2011-06-15'

/** Milliseconds for which it is asked: networks that lead to EC2 need not lead there. */
const PATIENCE = 5000

/**
 * The account of a login, which anybody may ask for. Undefined where nobody answers, or says no: what is wrong with the
 * login is said of the next request.
 */
export async function ownerOf(client: EC2Client, region: string): Promise<Owner | undefined> {
  try {
    const answer = await signedPost(client, region, STS, QUESTION, AbortSignal.timeout(PATIENCE))
    const words = await answer.text()
    const account = /<Account>(\d+)<\/Account>/.exec(words)?.[1]
    return account === undefined ? undefined : { account, region }
  } catch {
    return undefined
  }
}
