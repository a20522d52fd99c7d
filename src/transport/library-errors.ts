import { type NetworkTrouble, networkTrouble } from '../lib/net/network.ts'
import { said } from './words.ts'

/** The kind of an error from Node's sockets or from ssh2. */
export type Trouble = NetworkTrouble | 'keepalive' | 'disagreement' | 'other'

/** ssh2's names for the part of it that failed. */
const LEVELS: Readonly<Record<string, Trouble>> = { 'client-timeout': 'keepalive', handshake: 'disagreement' }

const fields = (error: unknown): { readonly code?: unknown; readonly level?: unknown; readonly reason?: unknown } =>
  typeof error === 'object' && error !== null ? error : {}

/**
 * Classifies an error. All code that identifies a library's errors by their code, or else by their text, is in this
 * file.
 */
export function troubleOf(error: unknown): Trouble {
  const { code, level } = fields(error)
  if (typeof code === 'string') return networkTrouble(code) ?? 'other'
  if (typeof level === 'string' && LEVELS[level]) return LEVELS[level]
  // ssh2 marks a stream that ended before the peer identified itself as SSH only by this text.
  return /^Connection lost before handshake$/.test(said(error)) ? 'closed' : 'other'
}

/** Could ssh2 not parse what arrived? Such an error has a text and no other mark. */
export const isNoSsh = (error: unknown): boolean => troubleOf(error) === 'other' && fields(error).code === undefined

/** The part of ssh2 that an error comes from: `agent`, `client-authentication`, … */
export const levelOf = (error: unknown): string | undefined => {
  const { level } = fields(error)
  return typeof level === 'string' ? level : undefined
}

/** The reason with which the host itself ended the connection (RFC 4253 §11.1): ssh2 uses it as the error's code. */
export const disconnectReason = (error: unknown): number | undefined => {
  const { code } = fields(error)
  return typeof code === 'number' ? code : undefined
}

/** Why a channel was not opened (RFC 4254 §5.1), and sshd's message; `undefined`: the link was lost meanwhile. */
export function openFailure(error: unknown): { readonly reason: number; readonly words: string } | undefined {
  const { reason } = fields(error)
  const words = said(error).replace(/^\(SSH\) Channel open failure: */, '')
  return typeof reason === 'number' ? { reason, words } : undefined
}

/** Did sshd open a session but refuse to run a command in it? */
export const isExecRefused = (error: unknown): boolean => /^Unable to exec$/.test(said(error))
