import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { wholeSeconds } from '../../lib/units.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { type Connection, type SshSettings, TransportError, type TransportFailure } from '../../transport/transport.ts'
import { type Ground, lastWords, step, waits } from '../ground.ts'
import { CloudError } from '../provider.ts'

/** How many milliseconds an instance may take from running to its first login. */
const PATIENCE = 600_000
/** For how many milliseconds another key, or a rejected login, may be that of a system still setting itself up. */
const SETTLING = 60_000
/** How many seconds cloud-init may take. */
const BOOT = 600

const FUNCTIONS = shFile(import.meta.url, './booted.sh')

/** How to reach an instance. */
export interface Contact {
  readonly host: string
  readonly id: string
  readonly address: string
  readonly ssh: SshSettings
}

/** The progress text while a booting host cannot be reached, by failure. */
const WAITS: Partial<Record<TransportFailure, string>> = {
  timeout: 'no answer yet',
  unreachable: 'no route to it yet',
  refused: 'it refuses connections yet',
  nologin: 'it is booting',
  'host-key': 'it shows another host key',
  auth: 'it does not accept logins yet',
}

/** Connects, accepting only these keys; returns the one that matched. Waits for a booting host. */
async function reach(
  ground: Ground,
  { host, id, address, ssh }: Contact,
  keys: readonly string[],
): Promise<{ readonly connection: Connection; readonly key: string }> {
  const began = performance.now()
  const { settling = SETTLING, pace = 1000 } = ground
  let foreign: number | undefined
  let shut: number | undefined
  for (;;) {
    let last: TransportError | undefined
    for (const key of keys) {
      const target = { name: host, address, ssh: { ...ssh, hostKey: key, hostKeyCheck: 'strict', retries: 0 } as const }
      try {
        return { connection: await ground.transport.connect(target, ground.signal), key }
      } catch (error) {
        if (!(error instanceof TransportError) || ground.signal.aborted) throw error
        last = error
        if (error.failure !== 'host-key') break
      }
    }
    if (!last) throw new Error('no key to connect with')
    const now = performance.now()
    foreign = last.failure === 'host-key' ? (foreign ?? now) : undefined
    shut = last.failure === 'auth' || last.failure === 'key' ? (shut ?? now) : undefined
    if (foreign !== undefined && now - foreign > settling)
      throw new CloudError(
        'refused',
        `at ${address} a machine answers that is not ${id}, or did not get its user data: it shows another host key than the one we sent. Nothing was sent to it; look at ${id}, then provision terminate --host ${host}`,
      )
    if (shut !== undefined && now - shut > settling)
      throw new CloudError('refused', `${id} is up, but refuses every login: ${last.message}`)
    if (now - began > PATIENCE)
      throw new CloudError('refused', `${id} accepts no logins: ${last.message}${await lastWords(ground.provider, id)}`)
    waits(ground, host, `SSH: ${WAITS[last.failure] ?? 'not ready yet'}`)
    await sleep(2 * pace, undefined, { signal: ground.signal })
  }
}

/** Waits until a known host accepts logins again, with its old key. @throws CloudError */
export async function reachAgain(ground: Ground, contact: Contact, key: string): Promise<void> {
  const { connection } = await reach(ground, contact, [key])
  await connection.close()
}

async function answer(connection: Connection, call: Script): Promise<readonly string[]> {
  const running = connection.exec(join([FUNCTIONS, call]))
  const [out, { code, stderr }] = await Promise.all([text(running.stdout), running.done])
  if (code !== 0)
    throw new CloudError(
      'refused',
      `a command of the first connection ended with ${code}: ${stderr.trim().split('\n').at(-1)}`,
    )
  return out.trimEnd().split('\n')
}

/** Waits up to that many seconds for cloud-init to finish. @returns what is wrong; `late`: it is still running */
export async function bootEnd(
  connection: Connection,
  id: string,
  seconds: number,
): Promise<{ readonly late: boolean; readonly says: string } | undefined> {
  const [state = '', ...words] = await answer(connection, sh`booted ${seconds}`)
  if (state === 'booted') return undefined
  return { late: state !== 'failed', says: failure(id, state, words, seconds) }
}

/**
 * The first contact with an instance: logs in with the key that we gave it, waits for cloud-init, and then creates a
 * host key on the instance that nobody else has ever seen.
 * @param took is called with the new key before it is put into use
 * @returns the new key
 */
export async function firstContact(
  ground: Ground,
  contact: Contact,
  { firstKey, ownKey }: { readonly firstKey: string; readonly ownKey?: string },
  took: (key: string) => void,
): Promise<string> {
  const { host } = contact
  waits(ground, host, `SSH at ${contact.address}`)
  const { connection, key } = await reach(ground, contact, ownKey === undefined ? [firstKey] : [ownKey, firstKey])
  try {
    waits(ground, host, 'cloud-init')
    const wrong = await bootEnd(connection, contact.id, BOOT)
    if (wrong) throw new CloudError('refused', wrong.says)
    if (key === ownKey) return key
    step(ground, host, 'makes its host key')
    const [made = ''] = await answer(connection, sh`new_key`)
    const own = made.split(' ').slice(0, 2).join(' ')
    if (!/^ssh-ed25519 [A-Za-z0-9+/=]+$/.test(own))
      throw new CloudError('refused', `${contact.id} has generated no host key`)
    took(own)
    await answer(connection, sh`take_key`)
    step(ground, host, 'shows its host key')
    const again = await reach(ground, contact, [own])
    await again.connection.close()
    return own
  } finally {
    await connection.close().catch(() => undefined)
  }
}

const failure = (id: string, state: string, words: readonly string[], seconds: number): string => {
  const said = words.length > 0 ? `: ${words.join(' | ')}` : ''
  return state === 'failed'
    ? `cloud-init failed on ${id}, which stays to be looked at${said}`
    : `cloud-init has not finished on ${id} after ${wholeSeconds(seconds * 1000)}${said}`
}
