import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'uvu'
import { available, type HostOptions, openSandbox, type Sandbox, type SandboxHost } from '../../src/sandbox/index.ts'
import { hasFailed } from '../runner/child/report.ts'
import { keepJournals, sayEnds } from './journal.ts'
import { type LayerName, onLayers } from './layers.ts'
import { clearOrphans } from './leftovers.ts'
import { boxName, RUN, runName } from './run-name.ts'

const TESTS = fileURLToPath(new URL('..', import.meta.url))

/** What a suite gets: its sandbox, and its hosts by name. */
export interface TestHosts {
  readonly box: Sandbox
  host(name: string): SandboxHost
}

/**
 * Gives a suite a sandbox with these hosts, on its own network, and removes it after the suite. Its name contains the
 * run and the file, because files and whole runs may run at the same time; the next run removes what a crashed run has
 * left. If hosts cannot run here, that is a failure with CI=true; otherwise the suite is skipped, and named.
 *
 *     const test = suite('locks')
 *     const { box, host } = await withHosts(test, import.meta.url, [{ name: 'a' }, { name: 'b', release: '13' }])
 *     test('…', async () => { await host('a').sh('true') })
 *     test.run()
 */
export const withHosts = async (
  test: Test<unknown>,
  url: string,
  hosts: readonly (HostOptions & { readonly layer?: LayerName })[] = [],
): Promise<TestHosts> => {
  const file = relative(TESTS, fileURLToPath(url))
  const why = available()
  if (why !== undefined) {
    if (process.env.CI === 'true') throw new Error(`${file} must run in CI: ${why}`)
    console.log(`not run here: ${why}`) // the runner adds the file's name
    test.run = () => {}
    const none = new Proxy(
      {},
      {
        get: () => () => {
          throw new Error(why)
        },
      },
    ) // prettier-ignore
    return { box: none as Sandbox, host: () => none as SandboxHost }
  }
  const box = onLayers(
    await openSandbox({
      name: boxName(runName(), file),
      onProgress: (message) => process.stderr.write(`sandbox: ${message}\n`),
    }),
  )
  test.before(async () => {
    try {
      if (process.env[RUN] === undefined) await clearOrphans() // otherwise the runner has done it
      if (hosts.length > 0) await box.up(hosts)
    } catch (error) {
      // uvu does not report a failed hook
      console.error(`${file}: its hosts did not come up: ${error instanceof Error ? error.message : error}`)
      throw error
    }
  })
  test.after(async () => {
    if (hasFailed()) await Promise.all([keepJournals(box, file), sayEnds(box)])
    await box.down()
  })
  return { box, host: box.host }
}
