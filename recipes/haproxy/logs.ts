import { type Resource, template, timer } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

const SCRIPT = '/usr/local/lib/provision/haproxy-logs'

/**
 * What keeps the file of access logs from filling the disk, where rsyslog writes one: Debian's package of HAProxy has
 * it written, and rotated once a day, however large it is. The journal bounds itself.
 */
export const boundedLogs = ({ accessLog, accessLogMaxMb }: Attributes): readonly Resource[] =>
  accessLog === 'none'
    ? []
    : [
        template(SCRIPT, {
          from: 'haproxy/logs.sh.ejs',
          vars: { file: '/var/log/haproxy.log', maxMb: accessLogMaxMb },
          mode: '0755',
        }),
        timer('haproxy-logs', {
          description: "Bound HAProxy's access logs",
          onCalendar: '*:0/10',
          persistent: false,
          command: [SCRIPT],
        }),
      ]
