import { compact } from '../../lib/compact.ts'
import { type Json, text } from '../../lib/json.ts'
import type { CloudHost } from '../../model/cloud.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { SshSettings } from '../../transport/transport.ts'
import type { LedgerHost } from './ledger.ts'

/** Why a cloud host is unreachable, as far as its ledger entry says. */
function absence(entry: LedgerHost | undefined): string | undefined {
  if (!entry) return 'it is not launched yet: provision launch does that'
  if (entry.state === 'stopped' && entry.role !== undefined)
    return 'it is stopped: start it where it was launched, then provision refresh'
  if (entry.state === 'stopped') return 'it is stopped: provision start starts it'
  return entry.hostKey === undefined ? 'its launch is not finished: provision launch continues it' : undefined
}

/** What may have happened to an instance since its entry was written. */
const REMEDY = 'if its instance has been stopped, ended or replaced by other means than provision: provision refresh'

/** A host's address and login: from the inventory, otherwise from the cloud. */
export function placed(
  written: Json,
  cloud: CloudHost | undefined,
  entry: LedgerHost | undefined,
  ssh: SshSettings,
): Pick<
  InventoryHost,
  'address' | 'privateAddress' | 'ssh' | 'cloud' | 'volumes' | 'attached' | 'awaited' | 'absent' | 'remedy'
> {
  if (!cloud) {
    const address = text(written.address)
    return { address, privateAddress: text(written.privateAddress) || address, ssh: Object.freeze(ssh) }
  }
  const given = cloud.address === 'public' ? entry?.publicAddress : entry?.privateAddress
  const address = text(written.address) || (given ?? '')
  const absent = written.address === undefined ? absence(entry) : undefined
  const remedy = written.address === undefined && entry !== undefined ? REMEDY : undefined
  return {
    address,
    privateAddress: text(written.privateAddress) || (entry?.privateAddress ?? address),
    ssh: Object.freeze({ ...compact({ user: entry?.user, hostKey: entry?.hostKey }), ...ssh }),
    cloud,
    ...compact({ attached: entry?.attached, volumes: entry?.volumes, remedy }),
    ...(entry?.phase === 'joins' ? { awaited: true as const } : {}),
    ...(absent === undefined ? {} : { absent }),
  }
}
