import { openFailure, type Trouble, troubleOf } from './library-errors.ts'
import { TransportError, type TransportFailure } from './transport.ts'
import { ownLimit, said, seconds } from './words.ts'

/** Why a service was not reached: what listens there is not sshd, and who connects is not always this machine. */
const missed = {
  refused: (via: string, to: string) => `${to} refused the connection made from ${via}`,
  timeout: (via: string, to: string) => `${to} did not answer the connection made from ${via}`,
  unreachable: (via: string, to: string) => `there is no route from ${via} to ${to}`,
  dns: (via: string, to: string) => `${via} knows no address for ${to}`,
}

/** sshd's messages if it could not connect, as far as they tell why. */
const words: readonly (readonly [test: RegExp, why: keyof typeof missed])[] = [
  [/refused/i, 'refused'],
  [/timed? ?out/i, 'timeout'],
  [/route|unreachable/i, 'unreachable'],
  [/resolve|name|address/i, 'dns'],
]

const troubles: Partial<Readonly<Record<Trouble, keyof typeof missed>>> = {
  refused: 'refused',
  'no-answer': 'timeout',
  'no-route': 'unreachable',
  'name-unknown': 'dns',
  'name-later': 'dns',
}

/** Why sshd at `via` did not forward a TCP connection to `to`. Reasons: RFC 4254 §5.1. */
export function forwardFailure(error: unknown, via: string, to: string): TransportError {
  if (error instanceof TransportError) return error
  const make = (failure: TransportFailure, sentence: string) => new TransportError(failure, sentence, { cause: error })
  const open = openFailure(error)
  if (open?.reason === 1)
    return make(
      'forwarding',
      `sshd at ${via} does not forward connections to ${to}: allow it there (AllowTcpForwarding local, PermitOpen)`,
    )
  if (open?.reason !== 2)
    return make('lost', `the connection to ${via} was lost while it connected to ${to}: ${open?.words ?? said(error)}`)
  const why = words.find(([test]) => test.test(open.words))?.[1]
  // For most causes, sshd tells clients no more than "Connect failed".
  return why === undefined
    ? make('unreachable', `${to} cannot be reached from ${via}: ${open.words}`)
    : make(why, missed[why](via, to))
}

/** sshd at `via` has not said in time whether it could connect to `to`: it is busy, or `to` does not answer. */
export const slowForward = (ms: number, via: string, to: string): TransportError =>
  new TransportError('timeout', `${missed.timeout(via, to)} within ${seconds(ms)}`)

/** Why a connection that this machine made to a service at `to` failed. */
export function dialFailure(error: unknown, to: string): TransportError {
  const trouble = troubleOf(error)
  if (trouble === 'own-limit') return new TransportError('unreachable', ownLimit(to), { cause: error })
  const why = troubles[trouble]
  const sentence =
    why === undefined ? `${to} cannot be reached from this machine: ${said(error)}` : missed[why]('this machine', to)
  return new TransportError(why ?? 'unreachable', sentence, { cause: error })
}
