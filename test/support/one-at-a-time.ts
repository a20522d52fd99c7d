import assert from 'node:assert/strict'
import type { SandboxHost } from '../../src/sandbox/index.ts'

/** When a unit last went down and came up, in microseconds of the machine's one monotonic clock. */
async function downtime(host: SandboxHost, unit: string) {
  const { stdout } = await host.sh(
    `systemctl show -p InactiveEnterTimestampMonotonic -p ActiveEnterTimestampMonotonic --value ${unit}`,
  )
  const [a = 0, b = 0] = stdout.trim().split('\n').map(Number)
  return { host: host.name, down: Math.min(a, b), up: Math.max(a, b) }
}

/** Fails unless each member's unit was up again before the next one went down. */
export async function wereOneAtATime(hosts: readonly SandboxHost[], unit: string): Promise<void> {
  const times = (await Promise.all(hosts.map((host) => downtime(host, unit)))).sort((a, b) => a.down - b.down)
  for (const [i, { up, host }] of times.entries()) {
    const next = times[i + 1]
    if (next !== undefined) assert.ok(up < next.down, `${next.host} went down before ${host} was up again`)
  }
}
