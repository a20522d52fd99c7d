import type { Secret } from '../shell/secret.ts'
import { TransportError } from './transport.ts'

/** A question to the user. */
export interface Question {
  readonly kind: 'passphrase' | 'login' | 'sudo'
  /** The prompt, without a colon: `Password of alice for sudo`. */
  readonly text: string
}

/** Asks the user, without echo. `undefined`: there is no user, or the answer was empty. */
export type Ask = (question: Question) => Promise<Secret | undefined>

/** One host's use of a password. */
export interface Attempt {
  readonly password: Secret
  /** Call it once, with the host's answer; `unknown` if the host never got the password. */
  settle(outcome: 'accepted' | 'refused' | 'unknown'): void
}

/**
 * A password that many hosts share: asked for once, verified on one host before any other receives it, and tried once
 * per host.
 */
export interface PasswordGate {
  /** Waits for this host's turn. @throws TransportError if there is no password, or it has been refused. */
  take(host: string): Promise<Attempt>
}

/** A gate for the password that `question` asks for; errors have the kind `failure`. */
export function passwordGate(ask: Ask, question: Question, failure: 'sudo-password' | 'auth'): PasswordGate {
  let asked: Promise<Secret | undefined> | undefined
  let proved = false
  let refusedBy: string | undefined
  let trial: Promise<void> | undefined
  const refused = new Set<string>()

  const check = (host: string): void => {
    if (refused.has(host))
      throw new TransportError(
        failure,
        `the password was refused here and is not tried again in this run (${question.text})`,
      )
    if (refusedBy !== undefined)
      throw new TransportError(
        failure,
        `the password was refused by ${refusedBy} and so was not tried here (${question.text})`,
      )
  }

  return {
    async take(host) {
      check(host)
      while (!proved && trial) {
        await trial
        check(host)
      }
      let done = (): void => {}
      if (!proved) trial = new Promise((resolve) => (done = resolve))
      const open = (): void => {
        trial = undefined
        done()
      }
      asked ??= ask(question)
      const password = await asked.catch(() => undefined)
      if (password === undefined) {
        open()
        throw new TransportError(failure, `a password is needed and none was given (${question.text})`)
      }
      let settled = false
      return {
        password,
        settle(outcome) {
          if (settled) return
          settled = true
          if (outcome === 'refused') {
            refused.add(host)
            if (!proved) refusedBy ??= host
          }
          if (outcome === 'accepted') proved = true
          open()
        },
      }
    },
  }
}
