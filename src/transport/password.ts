import type { Secret } from '../shell/secret.ts'
import { TransportError } from './transport.ts'

/** What a person is asked for. */
export interface Question {
  readonly kind: 'passphrase' | 'login' | 'sudo'
  /** The prompt, without a colon: `Password of alice for sudo`. */
  readonly text: string
}

/** Asks a person, without echo. `undefined`: nobody is there, or nothing was entered. */
export type Ask = (question: Question) => Promise<Secret | undefined>

/** One host's use of a password. */
export interface Attempt {
  readonly password: Secret
  /** To be called once: what the host said to it; `unknown` where it never came to that. */
  settle(outcome: 'accepted' | 'refused' | 'unknown'): void
}

/**
 * A password that many hosts share: asked for once, proved on one host before any other is given it, tried once a host.
 */
export interface PasswordGate {
  /** Waits until it is this host's turn. @throws TransportError when there is none, or it has been refused. */
  take(host: string): Promise<Attempt>
}

/** A gate for the password that `question` asks for; `failure` is what it is called when it fails. */
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
