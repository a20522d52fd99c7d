import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../../src/model/plan.ts'
import type { Change, Resource } from '../../../src/model/resource.ts'
import { file } from '../../../src/resources/files/file.ts'
import { service, serviceType } from '../../../src/resources/systemd/service.ts'
import type { ServiceState } from '../../../src/resources/systemd/service-look.ts'
import { systemdUnit } from '../../../src/resources/systemd/systemd-unit.ts'
import { withHosts } from '../../support/hosts.ts'
import { changesOf } from '../../support/loop.ts'
import { onHost } from '../../support/on-host.ts'
import { NAME, RELEASE } from '../../support/releases.ts'
import { until } from '../../support/until.ts'

export const test = suite('resource types on hosts')
const { host } = await withHosts(test, new URL('../resources-a.test.ts', import.meta.url).href, [
  { name: NAME, release: RELEASE },
])

export const texts = (verdict: unknown): readonly string[] =>
  changesOf(verdict as readonly Change[]).map((change) => `${change.action} ${changeText(change)}`)

export const ask = async (words: string): Promise<string> => (await host(NAME).sh(words)).stdout.trim()
export const must = async (words: string): Promise<void> => {
  const { code, stdout, stderr } = await host(NAME).sh(words)
  assert.is(code, 0, `${words}: ${stdout}${stderr}`)
}
export const on = () => onHost(host(NAME))
export const plan = async (...r: readonly Resource[]) => (await on().plan(...r)).map(texts)
export const fails = async (work: Promise<unknown>, words: RegExp): Promise<void> => {
  const error = await work.then(
    () => undefined,
    (e: Error) => e,
  )
  assert.ok(error, `should have failed with ${words}`)
  assert.match(error.message, words, error.message)
}

/** The life of a resource: made, in sync, broken by hand, mended, gone. Each time what the plan says is given. */
export const life = (
  title: string,
  wanted: readonly Resource[],
  made: readonly string[][],
  drift: string,
  mends: readonly string[][],
  gone: readonly Resource[],
): void =>
  test(`${NAME}: ${title}`, async () => {
    assert.equal((await on().converge(...wanted)).plan.map(texts), made)
    assert.ok((await plan(...wanted)).every((t) => t.length === 0))
    await must(drift)
    assert.equal((await on().converge(...wanted)).plan.map(texts), mends)
    if (gone.length === 0) return
    await on().converge(...gone)
    assert.ok((await plan(...gone)).every((t) => t.length === 0))
  })

// A service that records what it read when it started, and again at each reload.
const READS = 'cp /etc/app.conf /run/app.read; exec sleep infinity'
export const text = (lines = '') =>
  `[Unit]\nDescription=x\n[Service]\nExecStart=/bin/sh -c '${READS}'\n${lines}[Install]\nWantedBy=multi-user.target\n`
export const config = (content: string) => file('/etc/app.conf', { content })
export const unit = (lines = '') => systemdUnit('app.service', { content: text(lines) })
export const app = service('app', {})
/** The program of app writes down what it reads: its process may do that later than systemd has started it. */
export const reads = (content: string): Promise<void> =>
  until(`app has read ${content}`, async () => (await ask('cat /run/app.read')) === content)
export const pid = () => ask('systemctl show -p MainPID --value app')
export const owe = (kind: 'restart' | 'reload') => on().run(serviceType.owe?.('app', kind, []) as never)
export const state = async (which: Resource = app): Promise<ServiceState> =>
  serviceType.parse(await on().records(which)) as ServiceState
