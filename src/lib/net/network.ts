import { codeOf, message } from '../message.ts'

/** What goes wrong between two hosts, whichever library notices it. */
export type NetworkTrouble =
  | 'name-unknown'
  | 'name-later'
  | 'refused'
  | 'no-answer'
  | 'no-route'
  | 'forbidden'
  | 'closed'
  | 'own-limit'

const CODES: Readonly<Record<string, NetworkTrouble>> = {
  ENOTFOUND: 'name-unknown',
  EAI_NONAME: 'name-unknown',
  EAI_NODATA: 'name-unknown',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'no-answer',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  EHOSTDOWN: 'no-route',
  ENETDOWN: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  ENONET: 'no-route',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  ECONNABORTED: 'closed',
  ERR_STREAM_PREMATURE_CLOSE: 'closed', // a pipe
  EMFILE: 'own-limit',
  ENFILE: 'own-limit',
}

/** The meaning of a code of Node's sockets and names. */
export const networkTrouble = (code: string): NetworkTrouble | undefined =>
  CODES[code] ?? (code.startsWith('EAI_') ? 'name-later' : undefined)

const WORDS: Readonly<Record<NetworkTrouble, string>> = {
  'name-unknown': 'its name has no address',
  'name-later': 'its name cannot be resolved at the moment',
  refused: 'it refused the connection',
  'no-answer': 'it did not answer the connection',
  'no-route': 'there is no route to it',
  forbidden: 'this host may not connect to it',
  closed: 'it closed the connection without a whole answer',
  'own-limit': 'it was not asked, because this process may open no more files (ulimit -n)',
}

/** Why a peer gave no answer: `it refused the connection`; if that is unknown, what Node or a server's TLS says. */
export function whyNoAnswer(error: unknown): string {
  const code = codeOf(error) ?? ''
  const trouble = networkTrouble(code)
  if (trouble !== undefined) return WORDS[trouble]
  // llhttp's codes: Node gives them no other mark
  return code.startsWith('HPE_') ? 'its answer is not HTTP' : message(error)
}
