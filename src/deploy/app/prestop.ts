import type { Definition } from '../../clients/marathon-answers.ts'
import { object } from '../../lib/json.ts'

/**
 * How long the wrapper goes on serving where nothing else is said, in seconds: a new task is in every HAProxy 3.2 s
 * after it is healthy at worst (measured).
 */
const DEFAULT = 10

/** The wrapper as a file of the image, `prestop.sh`; it is PID 1 there. Any POSIX sh runs it. */
export const PRESTOP_SH = `#!/bin/sh
# PID 1: after SIGTERM the server goes on serving for $PRESTOP seconds, until no load balancer sends to it any more; then it is told, and waited for.
# In the app's JSON:  "args": ["/app/prestop.sh", "puma", "-C", "config/puma.rb"]
"$@" & server=$!
trap 'trap "" TERM; sleep "\${PRESTOP:-${DEFAULT}}"; kill -TERM $server 2>/dev/null' TERM
trap 'kill -INT $server' INT
wait $server; status=$?
while kill -0 $server 2>/dev/null; do wait $server; status=$?; done
exit $status
`

/** The same in three lines for an image that cannot be changed, as the app's `cmd`. */
export const prestopCmd = (command: string, seconds: number = DEFAULT): string =>
  [`${command} & server=$!`, `trap 'sleep ${seconds}; kill -TERM $server' TERM`, 'wait $server; wait $server'].join(
    '\n',
  )

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(' ')
  return typeof value === 'string' ? value : ''
}

/**
 * How many seconds an app goes on serving after SIGTERM, as far as its definition tells; `undefined` if nothing in it
 * suggests a pre-stop.
 */
export function prestopOf({ args, cmd, env }: Definition): number | undefined {
  const said = Number(object(env).PRESTOP ?? Number.NaN)
  if (Number.isFinite(said)) return said
  const command = `${words(args)} ${words(cmd)}`
  const asleep = /\btrap\b[^\n]*\bsleep\s+(\d+)/.exec(command)
  if (asleep) return Number(asleep[1])
  return /prestop/i.test(command) ? DEFAULT : undefined
}
