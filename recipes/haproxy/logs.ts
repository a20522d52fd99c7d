import { type Resource, template, timer } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

const SCRIPT = '/usr/local/lib/provision/haproxy-logs'

/**
 * Keeps access logs from filling the disk if rsyslog writes them to a file: Debian's HAProxy package configures that,
 * and rotates the file once a day, whatever its size. The journal limits itself.
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
