import { join } from 'node:path'
import type { AnyAuthMethod, AuthHandlerMiddleware } from 'ssh2'
import { reveal } from '../../shell/secret.ts'
import type { Attempt, PasswordGate } from '../password.ts'
import { said } from '../sentence.ts'
import { TransportError } from '../transport.ts'
import type { AgentKey, FileKey, Keyring } from './keyring.ts'
import { fingerprint, keyType } from './known-hosts.ts'
import { type Route, where } from './route.ts'

/** The files that ssh looks for by itself, newest kind first. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** One way to log in. */
interface Step {
  readonly label: string
  readonly needs: 'publickey' | 'password'
  method(offered: readonly string[] | null): Promise<AnyAuthMethod>
}

/** The login of one connection: what ssh2 asks for the next method, and what has been tried. */
export interface Authentication {
  readonly handler: AuthHandlerMiddleware
  /** The link is up: a password that was given was right. */
  accepted(): void
  /** The attempt is over, however it ended. */
  over(): void
  /** The sentence for a host that refused everything. */
  failure(): TransportError
}

/** What is needed to log in anywhere. */
export interface AuthSources {
  readonly keyring: Keyring
  readonly home: string
  /** The gate for the login password of a user. */
  password(user: string): PasswordGate
  /** Called before and after a person is asked: no deadline runs in between. */
  pause(): void
  resume(): void
}

const agentStep = (key: AgentKey, user: string): Step => ({
  label: `agent key ${keyType(key.public)} ${fingerprint(key.public)}${key.comment ? ` (${key.comment})` : ''}`,
  needs: 'publickey',
  method: async () => ({ type: 'agent', username: user, agent: key.agent }),
})

const fileStep = (key: FileKey, user: string, { pause, resume }: AuthSources): Step => ({
  label: `key ${key.path}`,
  needs: 'publickey',
  async method() {
    if (key.encrypted) pause()
    try {
      return { type: 'publickey', username: user, key: await key.unlock() }
    } finally {
      if (key.encrypted) resume()
    }
  },
})

/** The keys to offer, in order, and the remarks on those that cannot be. @throws TransportError `key` for one that the inventory names */
async function keySteps(route: Route, sources: AuthSources): Promise<{ steps: Step[]; remarks: string[] }> {
  const { keyring } = sources
  const agent = await keyring.agentKeys()
  const trouble = keyring.agentTrouble()
  const remarks = trouble === undefined ? [] : [trouble]
  const identities =
    route.identities.length > 0
      ? route.identities
      : DEFAULT_KEYS.map((file) => ({ path: join(sources.home, '.ssh', file), required: false }))
  const named: Step[] = []
  const locked: Step[] = []
  const offered = new Set<AgentKey>()
  for (const { path, required } of identities) {
    let key: FileKey | undefined
    try {
      key = await keyring.file(path)
    } catch (error) {
      if (required) throw error
      remarks.push(said(error))
    }
    if (!key) {
      if (required) throw new TransportError('key', `the key ${path} cannot be read: there is no such file`)
      if (route.identities.length > 0) remarks.push(`there is no ${path}`)
      continue
    }
    const held = agent.find((one) => key.public?.equals(one.public))
    if (held) offered.add(held)
    // A person is asked for the passphrase of a key that nobody named only when nothing else has worked.
    const to = key.encrypted && route.identities.length === 0 && !held ? locked : named
    to.push(held ? agentStep(held, route.user) : fileStep(key, route.user, sources))
  }
  const rest = route.identitiesOnly ? [] : agent.filter((one) => !offered.has(one)).map((one) => agentStep(one, route.user))
  const steps = route.identities.length > 0 ? [...named, ...rest] : [...rest, ...named, ...locked]
  return { steps, remarks }
}

/**
 * Prepares a login: named keys first (through the agent where it holds them), then the agent's others, then the usual files, then a password if the
 * inventory says that one may be asked for. ssh2's own first try, `none`, is left out: it is a round trip that only hosts without any lock answer.
 * @throws TransportError `key`
 */
export async function authentication(route: Route, sources: AuthSources): Promise<Authentication> {
  const { steps, remarks } = await keySteps(route, sources)
  const tried: string[] = []
  let offers: readonly string[] | undefined
  let attempt: Attempt | undefined
  let trouble: TransportError | undefined
  let ended = false

  const password: Step = {
    label: 'a password',
    needs: 'password',
    async method(offered) {
      sources.pause()
      try {
        attempt = await sources.password(route.user).take(route.name)
        // Another host waits behind this one's turn, which must not be kept by a login that has been given up.
        if (ended) attempt.settle('unknown')
      } finally {
        sources.resume()
      }
      const text = reveal(attempt.password)
      // One attempt a host: by one of the two ways to send it, never both.
      if (offered?.includes('password')) return { type: 'password', username: route.user, password: text }
      return {
        type: 'keyboard-interactive',
        username: route.user,
        prompt: (_name, _instructions, _lang, prompts, finish) => finish(prompts.length === 1 && prompts[0]?.echo === false ? [text] : []),
      }
    },
  }
  if (route.askPassword) steps.push(password)

  const possible = (step: Step, offered: readonly string[] | null): boolean =>
    offered === null
      ? step.needs === 'publickey'
      : offered.includes(step.needs) || (step.needs === 'password' && offered.includes('keyboard-interactive'))

  const next = async (offered: readonly string[] | null): Promise<AnyAuthMethod | false> => {
    if (offered) offers = offered
    if (attempt) attempt.settle('refused')
    for (;;) {
      if (offered === null && steps[0]?.needs !== 'publickey') return { type: 'none', username: route.user }
      const step = steps.shift()
      if (!step) return false
      if (!possible(step, offered)) continue
      try {
        const method = await step.method(offered)
        tried.push(step.label)
        return method
      } catch (error) {
        trouble ??= error as TransportError
        remarks.push(said(error))
      }
    }
  }

  return {
    // @types/ssh2 leave out that the first call's list is null, and that `false` says there is nothing more.
    handler: (offered, _partial, answer) => {
      next(offered as readonly string[] | null).then(answer as (method: AnyAuthMethod | false) => void)
      return undefined
    },
    accepted: () => attempt?.settle('accepted'),
    over() {
      ended = true
      attempt?.settle('unknown')
    },
    failure() {
      const at = `${route.user} at ${where(route)}`
      // Nothing was tried but for one thing that could not be: that thing is the news.
      if (tried.length === 0 && trouble) return trouble
      const said = remarks.length > 0 ? `; ${remarks.join('; ')}` : ''
      const takes = offers && offers.length > 0 ? ` (the host takes ${offers.join(', ')})` : ''
      const advice = 'name a key that it knows (ssh.identityFile, or ssh-add), or set ssh.password to "ask"'
      if (tried.length === 0) return new TransportError('auth', `there is no key to log in with as ${at}${takes}${said}: ${advice}`)
      return new TransportError(
        'auth',
        `the host refused ${at}${takes}, tried: ${tried.join(', ')}${said}: check the user, or ${advice}; a login shell that does not exist looks like this too`,
      )
    },
  }
}
