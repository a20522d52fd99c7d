import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupOf } from '../../src/sandbox/cgroup.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'

/** The units of a slave that are measured. What consul-template runs, such as `haproxy -c`, counts as its own. */
export const UNITS = {
  template: 'consul-template',
  registrar: 'provision-registrar',
  consul: 'consul',
  haproxy: 'haproxy',
} as const

/** CPU milliseconds of each unit since it was first started. */
export type Meters = Readonly<Record<keyof typeof UNITS, number>>

/** Reads the meters from outside, so that reading costs the host nothing. */
export function meters(box: string, { name }: SandboxHost): Meters {
  const root = cgroupOf(`${box}/hosts/${name}`)
  const slice = readdirSync(root, { recursive: true, encoding: 'utf8' }).find((path) =>
    /(^|\/)system\.slice$/.test(path),
  )
  const of = (unit: string): number => {
    const stat = readFileSync(join(root, slice ?? '', `${unit}.service`, 'cpu.stat'), 'utf8')
    return Number(/^usage_usec (\d+)/m.exec(stat)?.[1]) / 1000
  }
  return {
    template: of(UNITS.template),
    registrar: of(UNITS.registrar),
    consul: of(UNITS.consul),
    haproxy: of(UNITS.haproxy),
  }
}

/** What was spent between two readings. */
export const spent = (before: Meters, after: Meters): Meters => ({
  template: after.template - before.template,
  registrar: after.registrar - before.registrar,
  consul: after.consul - before.consul,
  haproxy: after.haproxy - before.haproxy,
})

/** When each host's HAProxy took over a configuration, after a time: milliseconds since 1970, as the journal has them. */
export const hear = (hosts: readonly SandboxHost[], since: number): Promise<readonly (readonly number[])[]> =>
  Promise.all(
    hosts.map(async (host) => {
      const { stdout } = await host.sh(
        `journalctl --no-pager -o short-unix -u consul-template --since @${Math.floor(since / 1000)} | grep 'taken over' || :`,
      )
      const times = stdout.split('\n').map((line) => 1000 * Number.parseFloat(line))
      return times.filter((time) => time >= since)
    }),
  )
