import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import { madeCgroups } from '../../../src/sandbox/cgroup.ts'
import { run } from '../../../src/sandbox/exec.ts'
import { boxPaths, stateDir } from '../../../src/sandbox/state.ts'
import { withHosts } from '../../support/hosts.ts'

export const test = suite('sandbox')
export const { box, host } = await withHosts(test, new URL('../sandbox.test.ts', import.meta.url).href, [
  { name: 'twelve' },
  { name: 'thirteen', release: '13' },
])

/** Everything of a sandbox that this machine still knows of, by the names the sandbox uses. */
export const traces = async (name: string, net: number): Promise<string[]> => {
  const mine = new RegExp(`\\bpsbt?${net}(?:[-_:@ ]|$)`)
  const lines = async (command: string, ...args: string[]): Promise<string[]> =>
    (await run(command, args)).split('\n').filter((line) => mine.test(line))
  return [
    ...(await lines('ip', '-o', 'link')),
    ...(await lines('ip', 'netns')),
    ...(await lines('nft', 'list', 'tables')),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${boxPaths(stateDir(), name).root}/`) || mine.test(line)),
    ...madeCgroups(name),
    ...(existsSync('/run/systemd/nspawn/propagate')
      ? readdirSync('/run/systemd/nspawn/propagate').filter((entry) => mine.test(entry))
      : []),
    ...(existsSync(boxPaths(stateDir(), name).root) ? [boxPaths(stateDir(), name).root] : []),
  ]
}

/** Pids that still run; a zombie that process 1 has not yet collected does not. */
export const alive = (pids: readonly number[]): number[] =>
  pids.filter((pid) => {
    try {
      return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    } catch {
      return false
    }
  })

export const netOf = (address: string): number => Number(address.split('.')[2])
