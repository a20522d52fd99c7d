import { suite } from 'uvu'
import { changeText } from '../../../src/model/plan.ts'
import type { Change, Refusal, Resource, ResourceType } from '../../../src/model/resource.ts'
import { withHosts } from '../../support/hosts.ts'
import { changesOf } from '../../support/loop.ts'
import { onHost } from '../../support/on-host.ts'
import { NAME, RELEASE } from '../../support/releases.ts'

export const test = suite('what systemd makes of it')
export const { host } = await withHosts(test, new URL('../systemd.test.ts', import.meta.url).href, [
  { name: NAME, release: RELEASE },
])

export const texts = (verdict: readonly Change[] | Refusal | undefined): readonly string[] =>
  changesOf(verdict as readonly Change[]).map(changeText)
export const INSTALL = '[Install]\nWantedBy=multi-user.target\n'
export const RUNS = '[Service]\nExecStart=/bin/sleep infinity\n'
export const SCRIPT = `#!/bin/sh
### BEGIN INIT INFO
# Provides: sysv
# Required-Start: $remote_fs
# Required-Stop: $remote_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: x
### END INIT INFO
case $1 in start) setsid sleep infinity & ;; stop) pkill -x sleep ;; esac
`

export const on = () => onHost(host(NAME))
export const ask = async (command: string): Promise<string> => (await host(NAME).sh(command)).stdout.trim()
export const plan = async (...all: readonly Resource[]) => (await on().plan(...all)).map(texts)
export const remark = async (resource: Resource): Promise<string | undefined> => {
  const type = resource.type as unknown as ResourceType<object, unknown>
  return type.warn?.(resource.props, type.parse(await on().records(resource)))
}
