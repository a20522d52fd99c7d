import { object, text } from '../../../lib/json.ts'
import { CloudError } from '../../provider.ts'
import type { EC2Client } from '../sdk.ts'
import { signedPost } from './signed.ts'

/** The prefix of images whose id is in a Systems Manager parameter, in EC2's own notation. */
export const PARAMETER = 'resolve:ssm:'

/** AWS refused; named as the SDK names such errors. */
class Refused extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

/** The value of a Systems Manager parameter. @throws the SDK's errors */
async function parameter(client: EC2Client, region: string, name: string): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' }
  const { status, words } = await signedPost(client, region, { name: 'ssm', headers }, JSON.stringify({ Name: name }))
  if (status === 200) return text(object(object(parsed(words)).Parameter).Value)
  const { __type: type, message, Message } = object(parsed(words))
  // errors of authentication arrive as XML
  const code = text(type).replace(/^.*#/, '') || /<Code>(\w+)<\/Code>/.exec(words)?.[1]
  throw new Refused(code ?? '', text(message) || text(Message) || `HTTP ${status}`)
}

/** The image id in the parameter that an inventory names. @throws the SDK's errors */
export async function imageIn(client: EC2Client, region: string, image: string): Promise<string> {
  const name = image.slice(PARAMETER.length)
  const id = await parameter(client, region, name)
  if (/^ami-[0-9a-f]+$/.test(id)) return id
  throw new CloudError('refused', `the parameter ${name} in ${region} holds no image`)
}

function parsed(words: string): unknown {
  try {
    return JSON.parse(words)
  } catch {
    return undefined
  }
}
