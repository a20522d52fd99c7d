import { object, text } from '../../lib/json.ts'
import { CloudError } from '../provider.ts'
import type { EC2Client } from './sdk.ts'
import { signedPost } from './signed.ts'

/** Names of images begin so that are kept in a parameter of Systems Manager, as EC2 itself writes them. */
export const PARAMETER = 'resolve:ssm:'

/** AWS said no: it calls that so. */
class Refused extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

/** The value of a parameter of Systems Manager. @throws Error as the SDK throws them */
async function parameter(client: EC2Client, region: string, name: string): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' }
  const answer = await signedPost(client, region, { name: 'ssm', headers }, JSON.stringify({ Name: name }))
  const words = await answer.text()
  if (answer.ok) return text(object(object(parsed(words)).Parameter).Value)
  const { __type: type, message, Message } = object(parsed(words))
  // who is not let in at all is told so in XML
  const code = text(type).replace(/^.*#/, '') || /<Code>(\w+)<\/Code>/.exec(words)?.[1]
  throw new Refused(code ?? '', text(message) || text(Message) || `HTTP ${answer.status}`)
}

/** The id of the image that an inventory names by a parameter. @throws Error as the SDK throws them */
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
