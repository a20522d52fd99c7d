import type { IncomingMessage } from 'node:http'

/**
 * Whether a request may pass: with `--http_credentials` each needs them, whatever its path. A password with a colon
 * never matches.
 */
export const allowed = (request: IncomingMessage, credentials: string | undefined): boolean => {
  if (credentials === undefined) return true
  const given = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (given === undefined || credentials.split(':').length !== 2) return false
  return Buffer.from(given, 'base64').toString() === credentials
}
