import { text } from 'node:stream/consumers'
import { compact } from '../../../lib/compact.ts'
import type { EC2Client } from '../sdk.ts'

/** A service that we call with requests of our own: an SDK client for each would make the bundle larger by a third. */
export interface Service {
  /** Its name in endpoints and signatures: `ssm`. */
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
}

/** `https://ssm.eu-west-1.amazonaws.com`, or the endpoint that the environment sets. */
function endpoint(service: string, region: string): URL {
  const { [`AWS_ENDPOINT_URL_${service.toUpperCase()}`]: own, AWS_ENDPOINT_URL: all } = process.env
  return new URL(own || all || `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`)
}

/** A service's answer. */
export interface Answered {
  readonly status: number
  readonly words: string
}

/** Sends one request, signed by the EC2 client. @throws the SDK's errors */
export async function signedPost(
  client: EC2Client,
  region: string,
  { name, headers: own }: Service,
  content: string,
  abortSignal?: AbortSignal,
): Promise<Answered> {
  const { protocol, hostname, port, host } = endpoint(name, region)
  const signer = await client.config.signer()
  const request = {
    method: 'POST',
    protocol,
    hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    path: '/',
    query: {},
    headers: { host, ...own },
    body: content,
  }
  const signed = await signer.sign(request, { signingService: name, signingRegion: region })
  const { response } = await client.config.requestHandler.handle(signed, compact({ abortSignal }))
  return { status: response.statusCode, words: await text(response.body) }
}
