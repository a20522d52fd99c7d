import type { LedgerHost } from '../../inventory/cloud/ledger.ts'
import { compact } from '../../lib/compact.ts'
import { wholeSeconds } from '../../lib/units.ts'
import { TransportError } from '../../transport/transport.ts'
import { entryOf, type Ground, type Said, step, waits } from '../ground.ts'
import { bootEnd } from '../launch/first-contact.ts'
import { userOf } from '../launch/order.ts'
import { CloudError, TAG } from '../provider.ts'
import { hostKeyIn, hostKeyOf } from './console-keys.ts'
import type { Member } from './members.ts'

/** After how many milliseconds a console without host keys counts as final. */
const SILENT = 300_000
/** How many seconds one look waits for cloud-init; the next look continues. */
const BOOT = 60

/** An instance's host key: from its tag, from the ledger, or from cloud-init's output on the console. */
async function hostKey(ground: Ground, { name, instance }: Member): Promise<string | undefined> {
  const { provider, ledger } = ground
  const before = ledger.hosts[name]
  const known = hostKeyOf(instance.tags[TAG.hostKey]) ?? (before?.id === instance.id ? before.hostKey : undefined)
  if (known !== undefined) return known
  step(ground, name, 'reads its console')
  // the console of its boot or, if that is not available yet, the current one
  return hostKeyIn(await provider.console(instance.id, 'boot')) ?? hostKeyIn(await consoleNow(ground, instance.id))
}

/** The current console; older instance types do not have it. */
const consoleNow = ({ provider }: Ground, id: string): Promise<readonly string[]> =>
  provider.console(id).catch((error: unknown) => {
    if (error instanceof CloudError && ['refused', 'capacity'].includes(error.failure)) return []
    throw error
  })

/** The result for an instance whose host key is unknown. */
function keyless({ instance: { id, launched } }: Member): Said {
  const age = launched === undefined ? SILENT : Date.now() - launched
  if (age < SILENT) return ['awaited', `${id} has not printed its host keys yet, ${wholeSeconds(age)} after its launch`]
  return [
    'refused',
    `the console of ${id} shows no host keys of cloud-init, so nobody can tell whether it is ${id} that answers: read /etc/ssh/ssh_host_ed25519_key.pub there, and put it into its tag ${TAG.hostKey}`,
  ]
}

/** Logs in for the first time, accepting only that key, and waits for cloud-init to finish. */
async function contact(ground: Ground, { name, rule, instance }: Member, key: string): Promise<Said | undefined> {
  const { cloud, ssh } = rule.host
  const address = cloud.address === 'public' ? instance.publicAddress : instance.privateAddress
  if (address === undefined) return ['refused', `${instance.id} has no ${cloud.address} address: set "address"`]
  const user = ssh.user ?? userOf(cloud.image)
  const login = { ...compact({ user }), ...ssh, hostKey: key, hostKeyCheck: 'strict', retries: 0 } as const
  waits(ground, name, `SSH at ${address}`)
  try {
    const connection = await ground.transport.connect({ name, address, ssh: login }, ground.signal)
    try {
      waits(ground, name, 'cloud-init')
      const wrong = await bootEnd(connection, instance.id, BOOT)
      return wrong && [wrong.late ? 'awaited' : 'refused', wrong.says]
    } finally {
      await connection.close().catch(() => undefined)
    }
  } catch (error) {
    if (error instanceof CloudError) return ['refused', error.message]
    if (!(error instanceof TransportError) || ground.signal.aborted) throw error
    if (error.failure !== 'host-key') return ['awaited', `${instance.id} takes no login: ${error.message}`]
    return [
      'refused',
      `at ${address} a machine answers that shows another host key than ${instance.id}: nothing was sent to it`,
    ]
  }
}

/** What its group waits for, or has begun. */
function phaseOf({ lifecycle }: Member): LedgerHost['phase'] {
  if (lifecycle?.state === 'leaves') return 'leaves'
  return lifecycle?.state === 'joins' && lifecycle.hooks.length > 0 ? 'joins' : undefined
}

/** Makes an instance of others a host, if it is ready. Does nothing if it was one before. */
export async function takeIn(ground: Ground, member: Member, attached: readonly string[]): Promise<Said> {
  const { name, rule, instance } = member
  const { ledger } = ground
  const before = ledger.hosts[name]?.id === instance.id ? ledger.hosts[name] : undefined
  const entry = {
    ...entryOf(instance, rule.host.ssh.user ?? userOf(rule.host.cloud.image)),
    role: rule.role,
    ...compact({
      group: rule.group,
      hostKey: before?.hostKey,
      attached: attached.length > 0 || before?.attached !== undefined ? attached : undefined,
      phase: phaseOf(member),
    }),
  }
  ledger.put(name, entry)
  if (entry.phase === 'leaves') {
    const says = `${instance.id} leaves its group ${rule.group}`
    return [before?.phase === 'leaves' ? 'there' : 'gone', says]
  }
  if (instance.state !== 'running') return ['there', `${instance.id} ${instance.state}, ${rule.role}`]
  const key = await hostKey(ground, member)
  if (key === undefined) return keyless(member)
  if (before?.hostKey === key) return ['there', `${instance.id} ${instance.state}, ${rule.role}`]
  const wrong = await contact(ground, member, key)
  if (wrong) return wrong
  ledger.put(name, { ...entry, hostKey: key })
  return ['found', `${instance.id}, ${rule.role}`]
}
