import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'uvu'
import { available, type HostOptions, openSandbox, type Sandbox, type SandboxHost } from '../../src/sandbox/index.ts'
import { ensureLayer, type LayerName } from './layers.ts'
import { clearOrphans } from './leftovers.ts'
import { boxName, RUN, runName } from './run-name.ts'

const TESTS = fileURLToPath(new URL('..', import.meta.url))

/** What a suite gets: its sandbox, and its hosts by name. */
export interface TestHosts {
  readonly box: Sandbox
  host(name: string): SandboxHost
}

/**
 * Gives a suite a sandbox of its own with these hosts up, on a network of its own, and takes it down after the suite.
 * Its name is the run's and the file's: files run side by side, and so do whole runs; what a crashed run has left is
 * cleared away by the next. Where hosts cannot run: with CI=true that is a failure; else the suite is not run and says
 * so by name.
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
    console.log(`not run here: ${why}`) // the runner says of which file
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
  const box = await openSandbox({
    name: boxName(runName(), file),
    onProgress: (message) => process.stderr.write(`sandbox: ${message}\n`),
  })
  test.before(async () => {
    try {
      if (process.env[RUN] === undefined) await clearOrphans() // else the runner has done it
      for (const { layer } of hosts) if (layer !== undefined) await ensureLayer(box, layer)
      if (hosts.length > 0) await box.up(hosts)
    } catch (error) {
      // uvu says nothing of a failed hook
      console.error(`${file}: its hosts did not come up: ${error instanceof Error ? error.message : error}`)
      throw error
    }
  })
  test.after(() => box.down())
  return { box, host: box.host }
}
