import { readFileSync } from 'node:fs'
import type { Ask, Reply } from './http.ts'

/** Secrets by principal. */
export type Credentials = ReadonlyMap<string, string>

/** Reads a file of credentials, JSON or a `principal secret` a line. @throws where it is not there */
export function readCredentials(path: string): Credentials {
  const text = readFileSync(path, 'utf8')
  if (!text.trimStart().startsWith('{'))
    return new Map(
      text
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((words): words is [string, string] => words.length === 2),
    )
  const { credentials } = JSON.parse(text) as { credentials: { principal: string; secret: string }[] }
  return new Map(credentials.map(({ principal, secret }) => [principal, secret]))
}

/** An agent's own credential. */
export const readCredential = (path: string): { principal: string; secret: string } =>
  JSON.parse(readFileSync(path, 'utf8'))

/** Who asks, by HTTP's basic scheme; nobody where that is missing or wrong. */
export function principalOf(ask: Pick<Ask, 'headers'>, credentials: Credentials): string | undefined {
  const given = /^Basic (.+)$/i.exec(ask.headers.authorization ?? '')?.[1]
  if (given === undefined) return undefined
  const [principal, secret] = Buffer.from(given, 'base64').toString('utf8').split(/:(.*)/s) as [string, string?]
  return secret !== undefined && credentials.get(principal) === secret ? principal : undefined
}

/** The answer to who may not ask. */
export const unauthorized = (realm: string): Reply => ({
  status: 401,
  body: '401 Unauthorized.',
  headers: { 'WWW-Authenticate': `Basic realm="${realm}"` },
})
