import { compact } from '../../lib/compact.ts'
import type { Instance } from '../provider.ts'
import { diskName } from './request.ts'
import type * as Sdk from './sdk.ts'

const STATES: Readonly<Record<string, Instance['state']>> = {
  pending: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'ending',
  terminated: 'ended',
}

/** The most additional disks, named from `/dev/sdf` on. */
const MOST = 21

/** The ids of its additional disks; undefined if it has none. */
function volumesOf({ BlockDeviceMappings: disks = [] }: Sdk.Instance): readonly string[] | undefined {
  const ids = Array.from({ length: MOST }, (_, i) => {
    const found = disks.find(({ DeviceName }) => DeviceName === diskName(i))
    return found?.Ebs?.VolumeId ?? ''
  })
  const last = ids.findLastIndex((id) => id !== '')
  return last < 0 ? undefined : ids.slice(0, last + 1)
}

/** Converts EC2's description of an instance. */
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
      volumes: volumesOf(seen),
    }),
  }
}
