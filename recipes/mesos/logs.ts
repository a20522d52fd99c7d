import { directory, type InventoryHost, type Resource, template, timer } from '../../src/index.ts'
import { varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'

const SCRIPT = '/usr/local/lib/provision/mesos-logs'

/** Keeps the logs of Mesos and of its tasks from filling the disk, for masters and agents alike. */
export function boundedLogs(host: InventoryHost, { logDir, logMaxMb, logDays }: Attributes): readonly Resource[] {
  const { workDir = '/var/lib/mesos/agent' } = varsOf<{ workDir?: string }>(host, 'mesos-agent')
  return [
    directory('/usr/local/lib/provision', {}),
    template(SCRIPT, {
      from: 'mesos/logs.ejs',
      vars: { workDir, logDir, maxMb: logMaxMb, days: logDays },
      mode: '0755',
    }),
    timer('mesos-logs', {
      description: 'Bound the logs of Mesos and of its tasks',
      onCalendar: '*:0/10',
      persistent: false,
      command: [SCRIPT],
    }),
  ]
}
