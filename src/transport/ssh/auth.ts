import type { AnyAuthMethod, AuthHandlerMiddleware } from 'ssh2'
import { reveal } from '../../shell/secret.ts'
import type { Attempt, PasswordGate } from '../password.ts'
import { TransportError } from '../transport.ts'
import { said } from '../words.ts'
import type { Keyring } from './keys/keyring.ts'
import { keyOffers, type Offer, type OfferSources } from './keys/offers.ts'
import { type Route, where } from './route.ts'

/** One way to log in. */
interface Step {
  readonly label: string
  readonly needs: 'publickey' | 'password'
  method(offered: readonly string[] | null): Promise<AnyAuthMethod>
}

/** The login of one connection: chooses ssh2's next method, and records what has been tried. */
export interface Authentication {
  readonly handler: AuthHandlerMiddleware
  /** The link is up, so the password, if one was sent, was right. */
  accepted(): void
  /** The attempt is over, however it ended. */
  over(): void
  /** Records a problem that does not end the login. */
  remark(error: unknown): void
  /** Has every method been tried? */
  exhausted(): boolean
  /** The error for a host that refused every method. */
  failure(): TransportError
  /** The error for a host that ended the login with these words before every method was tried. */
  hungUp(words: string): TransportError
}

/** What a login to any host needs. */
export interface AuthSources extends OfferSources {
  readonly keyring: Keyring
  /** The gate for the login password of a user. */
  password(user: string): PasswordGate
  /** Called when the host has answered and the next method is being chosen. */
  step(): void
}

const keyStep = ({ label, method }: Offer): Step => ({ label, needs: 'publickey', method })

/** A password login, tried once. */
class PasswordLogin implements Step {
  readonly label = 'a password'
  readonly needs = 'password'
  readonly #route: Route
  readonly #sources: AuthSources
  #attempt: Attempt | undefined
  #ended = false

  constructor(route: Route, sources: AuthSources) {
    this.#route = route
    this.#sources = sources
  }

  async method(offered: readonly string[] | null): Promise<AnyAuthMethod> {
    const { name, user } = this.#route
    this.#attempt = await this.#sources.patiently(`the password of ${user}`, () =>
      this.#sources.password(user).take(name),
    )
    // The next host waits for this one's verdict, so a login that was given up must release the gate.
    if (this.#ended) this.#attempt.settle('unknown')
    const text = reveal(this.#attempt.password)
    // Sends the password once, by one of the two methods, never by both.
    if (offered?.includes('password')) return { type: 'password', username: user, password: text }
    return {
      type: 'keyboard-interactive',
      username: user,
      prompt: (_name, _instructions, _lang, prompts, finish) =>
        finish(prompts.length === 1 && prompts[0]?.echo === false ? [text] : []),
    }
  }

  settle(outcome: 'accepted' | 'refused' | 'unknown'): void {
    if (outcome === 'unknown') this.#ended = true
    this.#attempt?.settle(outcome)
  }
}

const possible = (step: Step, offered: readonly string[] | null): boolean =>
  offered === null
    ? step.needs === 'publickey'
    : offered.includes(step.needs) || (step.needs === 'password' && offered.includes('keyboard-interactive'))

const ADVICE = 'name a key that it knows (ssh.identityFile, or ssh-add), or set ssh.password to "ask"'

/** See {@link Authentication}. */
class OneLogin implements Authentication {
  readonly #route: Route
  readonly #sources: AuthSources
  readonly #steps: Step[]
  readonly #remarks: string[]
  readonly #password: PasswordLogin
  readonly #tried: string[] = []
  #offers: readonly string[] | undefined
  #trouble: TransportError | undefined
  #exhausted = false

  constructor(route: Route, sources: AuthSources, offers: readonly Offer[], remarks: readonly string[]) {
    this.#route = route
    this.#sources = sources
    this.#password = new PasswordLogin(route, sources)
    this.#steps = [...offers.map(keyStep), ...(route.askPassword ? [this.#password] : [])]
    this.#remarks = [...remarks]
  }

  // @types/ssh2 does not know that the first call's list is null, nor that `false` means that no method is left.
  readonly handler: AuthHandlerMiddleware = (offered: readonly string[] | null, _partial, answer) => {
    this.#next(offered).then(answer as (method: AnyAuthMethod | false) => void)
    return undefined
  }

  async #next(offered: readonly string[] | null): Promise<AnyAuthMethod | false> {
    this.#sources.step()
    if (offered) this.#offers = offered
    this.#password.settle('refused')
    for (;;) {
      if (offered === null && this.#steps[0]?.needs !== 'publickey') return { type: 'none', username: this.#route.user }
      const step = this.#steps.shift()
      if (!step) {
        this.#exhausted = true
        return false
      }
      if (!possible(step, offered)) continue
      try {
        const method = await step.method(offered)
        this.#tried.push(step.label)
        return method
      } catch (error) {
        if (error instanceof TransportError) this.#trouble ??= error
        this.remark(error)
      }
    }
  }

  accepted(): void {
    this.#password.settle('accepted')
  }

  over(): void {
    this.#password.settle('unknown')
  }

  remark(error: unknown): void {
    const text = said(error)
    if (!this.#remarks.includes(text)) this.#remarks.push(text)
  }

  exhausted(): boolean {
    return this.#exhausted
  }

  failure(): TransportError {
    const at = `${this.#route.user} at ${where(this.#route)}`
    // If the only method could not even be tried, the reason for that is the error.
    if (this.#tried.length === 0 && this.#trouble) return this.#trouble
    const remarks = this.#remarks.length > 0 ? `; ${this.#remarks.join('; ')}` : ''
    const takes = this.#offers && this.#offers.length > 0 ? ` (the host takes ${this.#offers.join(', ')})` : ''
    if (this.#tried.length === 0)
      return new TransportError('auth', `there is no key to log in with as ${at}${takes}${remarks}: ${ADVICE}`)
    return new TransportError(
      'auth',
      `the host refused ${at}${takes}, tried: ${this.#tried.join(', ')}${remarks}: check the user, or ${ADVICE}; a login shell that does not exist looks like this too`,
    )
  }

  hungUp(words: string): TransportError {
    const at = `${this.#route.user} at ${where(this.#route)}`
    const left = this.#steps.map((step) => step.label)
    const rest = left.length > 0 ? `; not tried: ${left.join(', ')}` : ''
    return new TransportError(
      'auth',
      `the host ended the login of ${at}, saying "${words}", tried: ${this.#tried.join(', ') || 'nothing'}${rest}: name the one key that it knows (ssh.identityFile, or IdentityFile with IdentitiesOnly in ~/.ssh/config)`,
    )
  }
}

/**
 * Prepares a login: keys (see {@link keyOffers}), then a password if the inventory allows asking for one. Skips ssh2's
 * own first method, `none`: it costs a round trip, and succeeds only on hosts without any authentication.
 * @throws TransportError `key`
 */
export async function authentication(route: Route, sources: AuthSources): Promise<Authentication> {
  const { offers, remarks } = await keyOffers(route, sources)
  return new OneLogin(route, sources, offers, remarks)
}
