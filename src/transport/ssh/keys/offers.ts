import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AnyAuthMethod, BaseAgent, ParsedKey } from 'ssh2'
import { object } from '../../../lib/json.ts'
import { codeOf, whyUnread } from '../../../lib/message.ts'
import { TransportError } from '../../transport.ts'
import { said } from '../../words.ts'
import { fingerprint, keyType } from '../known-hosts.ts'
import type { Route } from '../route.ts'
import type { Agent, AgentKey } from './agent.ts'
import { type Certificate, isKnownKey, parseCertificate, withoutToken } from './certificate.ts'
import { first, type KeyFile, ssh2 } from './key-file.ts'
import type { Keyring } from './keyring.ts'
import { shownAs } from './user-auth.ts'
import { wireReader } from './wire.ts'

/** The files that ssh tries by default, newest type first. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** One key to log in with. */
export interface Offer {
  readonly label: string
  method(): Promise<AnyAuthMethod>
}

/** What creating offers requires. */
export interface OfferSources {
  readonly keyring: Keyring
  readonly home: string
  /** Runs work that may involve the user, or be slow: pauses the deadline and reports what the program waits for. */
  patiently<T>(what: string, work: () => Promise<T>): Promise<T>
}

/** Why a directory cannot be entered; undefined if there is none. */
function folderFault(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isDirectory() ? undefined : `${path} is not a directory`
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : `${path} cannot be read: ${whyUnread(error)}`
  }
}

/** A key's name in messages. */
const named = (key: AgentKey): string =>
  `agent key ${keyType(key.blob)} ${fingerprint(key.blob)}${key.comment ? ` (${key.comment})` : ''}`

/**
 * An agent for ssh2 that holds only one key. With a full agent, ssh2 would offer every key, and hosts count each as an
 * attempt.
 */
async function oneKey(
  held: AgentKey,
  key: ParsedKey,
  whole: boolean,
  agent: Agent,
  sources: OfferSources,
): Promise<BaseAgent> {
  const { BaseAgent: Base } = await ssh2()
  const sign = (data: Buffer, hash: string | undefined): Promise<Buffer> =>
    sources.patiently(`a signature of the agent at ${agent.path} (a touch, or somebody's consent)`, () =>
      held.sign(data, hash),
    )
  const made: BaseAgent<ParsedKey> = Object.create(Base.prototype)
  made.getIdentities = (done) => done(null, [key])
  made.sign = (
    _key: unknown,
    data: Buffer,
    options: unknown,
    done?: (error?: Error | null, signature?: Buffer) => void,
  ) => {
    const { hash } = object(options)
    sign(data, typeof hash === 'string' ? hash : undefined).then(
      (signature) => done?.(null, whole ? signature : bare(signature)),
      (error: Error) => done?.(error),
    )
  }
  return made
}

/** A signature without the name of its format, which ssh2 adds. */
const bare = (signature: Buffer): Buffer => {
  const reader = wireReader(signature)
  reader.string()
  return Buffer.from(reader.string())
}

/** A key that the agent signs with, presented to the host as `blob`. `undefined`: ssh2 cannot log in with this type. */
async function agentMethod(
  held: AgentKey,
  blob: Buffer,
  agent: Agent,
  user: string,
  sources: OfferSources,
): Promise<AnyAuthMethod> {
  const plain = parseCertificate(blob)?.public ?? blob
  const token = withoutToken(plain)
  const key = first((await ssh2()).utils.parseKey(token ?? plain))
  const shown = token !== undefined || plain !== blob
  const one = await oneKey(held, shown ? shownAs(key, blob) : key, shown, agent, sources)
  return { type: 'agent', username: user, agent: one }
}

const agentOffer = (
  held: AgentKey,
  agent: Agent,
  user: string,
  sources: OfferSources,
  certificate?: Certificate,
): Offer => ({
  label: certificate ? `${named(held)} with its certificate` : named(held),
  method: () => agentMethod(held, certificate?.blob ?? held.blob, agent, user, sources),
})

const ended = ({ until }: Certificate): string =>
  until !== undefined && until * 1000 < Date.now() ? `, which ended at ${new Date(until * 1000).toISOString()}` : ''

function fileOffer(file: KeyFile, user: string, { patiently }: OfferSources, certificate?: Certificate): Offer {
  const open = async (): Promise<ParsedKey> =>
    file.encrypted ? patiently(`the passphrase of ${file.path}`, () => file.unlock()) : file.unlock()
  return {
    label: certificate ? `key ${file.path} with its certificate${ended(certificate)}` : `key ${file.path}`,
    async method() {
      const key = await open()
      return {
        type: 'publickey',
        username: user,
        key: certificate ? shownAs(key, certificate.blob) : key,
      } as AnyAuthMethod
    },
  }
}

/** The keys to offer, in order, and remarks about those that cannot be offered. */
export interface Offers {
  readonly offers: readonly Offer[]
  readonly remarks: readonly string[]
}

/** The state while offers are collected for one login. */
interface Gathered {
  readonly named: Offer[]
  readonly locked: Offer[]
  readonly remarks: string[]
  /** The agent's keys that a named file refers to. */
  readonly meant: Set<AgentKey>
}

/** All ways to log in with one file: its certificates first, through the agent if that holds the key. */
function addFile(
  file: KeyFile,
  extra: readonly Certificate[],
  held: readonly AgentKey[],
  at: AgentLogin,
  into: Gathered,
): void {
  const { route, agent, sources } = at
  const holder = held.find((one) => file.public?.equals(one.blob))
  const mine = held.filter((one) => file.public && parseCertificate(one.blob)?.public.equals(file.public))
  const certificates = [...file.certificates, ...extra.filter((one) => file.public?.equals(one.public))]
  for (const one of mine) into.meant.add(one)
  if (holder) into.meant.add(holder)
  // The user is asked for the passphrase of an unnamed key only if nothing else has worked.
  const to = file.encrypted && route.identities.length === 0 && !holder ? into.locked : into.named
  if (agent) to.push(...mine.map((one) => agentOffer(one, agent, route.user, sources)))
  for (const certificate of [...certificates.filter((one) => one.isUser), undefined]) {
    if (holder && agent) to.push(agentOffer(holder, agent, route.user, sources, certificate))
    else if (!file.publicOnly) to.push(fileOffer(file, route.user, sources, certificate))
  }
}

interface AgentLogin {
  readonly route: Route
  readonly agent: Agent | undefined
  readonly sources: OfferSources
}

/** Does the agent's entry contain a file's key, plain or in a certificate? */
const isOf = ({ blob }: AgentKey, { public: key }: KeyFile): boolean =>
  key !== undefined && (key.equals(blob) || parseCertificate(blob)?.public.equals(key) === true)

/**
 * The keys to offer: named ones first (through the agent if it holds them), then the agent's others, then the default
 * files.
 * @throws TransportError `key` for one that the inventory names
 */
export async function keyOffers(route: Route, sources: OfferSources): Promise<Offers> {
  const { keyring } = sources
  const agent = route.agent === undefined ? undefined : keyring.agent(route.agent)
  const held = agent ? await sources.patiently(`the keys of the agent at ${agent.path}`, () => agent.keys()) : []
  const trouble = agent?.trouble()
  const into: Gathered = { named: [], locked: [], remarks: trouble === undefined ? [] : [trouble], meant: new Set() }
  const extra = (await Promise.all(route.certificates.map((path) => keyring.certificate(path)))).flatMap(
    (one) => one ?? [],
  )
  const closed = route.identities.length > 0 || !route.usualKeys ? undefined : folderFault(join(sources.home, '.ssh'))
  if (closed !== undefined) into.remarks.push(closed)
  else if (!existsSync(sources.home)) into.remarks.push(`there is no ${sources.home}, which should be your home`)
  const usual = (route.usualKeys && closed === undefined ? DEFAULT_KEYS : []).map((name) => ({
    path: join(sources.home, '.ssh', name),
    required: false,
  }))
  for (const { path, required } of route.identities.length > 0 ? route.identities : usual) {
    try {
      const file = await keyring.file(path)
      if (file?.publicOnly && !held.some((one) => isOf(one, file))) await file.unlock()
      if (file) addFile(file, extra, held, { route, agent, sources }, into)
      else if (required) throw new TransportError('key', `the key ${path} cannot be read: there is no such file`)
      else if (route.identities.length > 0) into.remarks.push(`there is no ${path}`)
    } catch (error) {
      if (required) throw error
      into.remarks.push(said(error))
    }
  }
  const others = held.filter((one) => !into.meant.has(one) && isKnownKey(one.blob))
  const rest =
    route.identitiesOnly || !agent
      ? []
      : others.flatMap((one) =>
          [...extra.filter((each) => each.public.equals(one.blob)), undefined].map((each) =>
            agentOffer(one, agent, route.user, sources, each),
          ),
        )
  const offers = route.identities.length > 0 ? [...into.named, ...rest] : [...rest, ...into.named, ...into.locked]
  if (closed !== undefined && offers.length === 0 && !route.askPassword)
    throw new TransportError(
      'key',
      `there is no key to log in with: ${closed}; make it readable, set HOME to your own home, or name a key (ssh.identityFile, or ssh-add)`,
    )
  return { offers, remarks: [...into.remarks, ...route.remarks] }
}
