import { request } from 'node:http'
import type { Answer } from './compare.ts'
import type { Exchange } from './replay.ts'

/**
 * Sends a request to `host:port` as it stands: no header is added but Host and the length. @throws Error where no
 * answer comes within `timeout` milliseconds
 */
export const send = (
  address: string,
  { method, path, headers = {}, body = '' }: Omit<Exchange, 'name' | 'answers'>,
  timeout = 10_000,
): Promise<Answer> => {
  const [host, port] = address.split(':') as [string, string?]
  const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const sent = request(
      { host, port: port ?? 80, method, path, headers: { ...headers, ...length }, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const given = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
          resolve({
            status: response.statusCode as number,
            headers: Object.fromEntries(given),
            body: Buffer.concat(chunks).toString('utf8'),
          })
        })
      },
    )
    sent.setTimeout(timeout, () =>
      sent.destroy(new Error(`${address} did not answer ${method} ${path} within ${timeout / 1000} s`)),
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
