import * as v from 'valibot'
import { filled, may, object, one, port, portName, text, upTo, whole, yes } from './words.ts'

/** A check that decides whether a task is healthy. */
export const healthCheck = v.object({
  protocol: may(
    one(
      ['HTTP', 'HTTPS', 'TCP', 'COMMAND', 'MESOS_TCP', 'MESOS_HTTP', 'MESOS_HTTPS'],
      'MESOS_HTTP runs next to the task and survives a leader change; HTTP (the default) runs remotely from Marathon.',
    ),
  ),
  path: may(text('Path of a GET request that must answer 200 to 399.')),
  portIndex: may(port('Index of the port; default 0.')),
  port: may(port('A fixed port instead.')),
  command: may(object({ value: text('sh.') }, 'For COMMAND.')),
  gracePeriodSeconds: may(whole(0, 'Time after the start during which failures are ignored; default 300.')),
  intervalSeconds: may(whole(0, 'Default 60.')),
  timeoutSeconds: may(whole(0, 'Default 20.')),
  maxConsecutiveFailures: may(
    whole(0, 'Failures after which the task is killed; default 3. 0 means at the first with MESOS_…, never with HTTP.'),
  ),
  delaySeconds: may(whole(0, 'MESOS_… only: delay of the first check after the start; default 15.')),
  ignoreHttp1xx: may(yes('Ignore informational answers.')),
  ipProtocol: may(one(['IPv4', 'IPv6'], 'Default "IPv4".')),
})

const timing = {
  intervalSeconds: may(whole(0, 'Default 60.')),
  timeoutSeconds: may(whole(0, 'Default 20.')),
  delaySeconds: may(whole(0, 'Default 15.')),
}
/** A check that never causes a task to be killed. */
export const appCheck = object(
  {
    http: may(
      object(
        {
          portIndex: may(port('Index of the port.')),
          port: may(port('A fixed port.')),
          path: may(upTo(1024, 'Path.')),
          scheme: may(one(['HTTP', 'HTTPS'], 'Default "HTTP".')),
        },
        'GET.',
      ),
    ),
    tcp: may(object({ portIndex: may(port('Index of the port.')), port: may(port('A fixed port.')) }, 'Connect.')),
    exec: may(
      object(
        {
          command: object(
            {
              shell: may(filled('sh.')),
              argv: may(v.pipe(v.array(v.string()), v.minLength(1), v.description('Words.'))),
            },
            'Which.',
          ),
        },
        'Run a command.',
      ),
    ),
    ...timing,
  },
  "Mesos' general check: its result is only shown.",
)

/** A check that decides when a new task may replace an old one. */
export const readinessCheck = v.object({
  name: may(filled('Default "readinessCheck".')),
  protocol: may(one(['HTTP', 'HTTPS'], 'Default "HTTP".')),
  path: may(upTo(1024, 'Default "/".')),
  portName: may(portName('Name of the port; default "http-api".')),
  intervalSeconds: may(whole(0, 'Default 30.')),
  timeoutSeconds: may(whole(1, 'Default 10.')),
  httpStatusCodesForReady: may(
    v.pipe(
      v.array(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(999))),
      v.minLength(1),
      v.description('Default 200.'),
    ),
  ),
  preserveLastResponse: may(yes('Default false.')),
})
