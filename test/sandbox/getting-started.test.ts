import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { follow, steps } from '../support/guide.ts'
import { withHosts } from '../support/hosts.ts'
import { installed } from '../support/packed.ts'
import { until } from '../support/until.ts'

// The guide for those who begin, typed on a real host as it stands in the document.
const test = suite('docs/getting-started.md')
const { host } = await withHosts(test, import.meta.url, [{ name: 'web-1' }])

test('every command shows what the guide says', async () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'guide-')))
  try {
    const home = join(base, 'home')
    const missing = await installed(base, home)
    if (missing) return console.log(`not run here: npm could not get the product's dependencies (${missing})`)
    const bin = join(home, 'node_modules', '.bin', 'provision')
    const { address } = host('web-1')
    assert.is(
      follow(steps('docs/getting-started.md'), home, bin, address, () => true),
      10,
    )
    const page = async () => (await fetch(`http://${address}:8080`)).text()
    // after a reload, nginx's former workers answer until its new ones are there
    await until('the page is the new one', async () => (await page()) === 'Good morning from web-1\n', 50)
  } finally {
    rmSync(base, { recursive: true })
  }
})

test.run()
