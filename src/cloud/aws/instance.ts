import { compact } from '../../lib/compact.ts'
import type { Instance } from '../provider.ts'
import type * as Sdk from './sdk.ts'

const STATES: Readonly<Record<string, Instance['state']>> = {
  pending: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'ending',
  terminated: 'ended',
}

/** An instance as all clouds have it. */
export function instanceOf(seen: Sdk.Instance): Instance {
  const tags = Object.fromEntries((seen.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
  return {
    id: seen.InstanceId ?? '',
    state: STATES[seen.State?.Name ?? ''] ?? 'pending',
    tags,
    ...compact({
      reason: seen.StateReason?.Message,
      launched: seen.LaunchTime?.getTime(),
      zone: seen.Placement?.AvailabilityZone,
      privateAddress: seen.PrivateIpAddress,
      publicAddress: seen.PublicIpAddress || undefined,
    }),
  }
}
