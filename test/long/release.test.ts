/**
 * The whole stack on Debian 13 (`npm run test:debian13`; else on the one that all else is tested on). From bare hosts to an answer of the app, and a second run that finds nothing to do.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RELEASE } from '../support/releases.ts'
import { withStack } from '../support/stack.ts'

const test = suite(`the whole stack on Debian ${RELEASE}`)
const stack = await withStack(test, import.meta.url)

test('the hosts have this release', async () => {
  for (const host of [...stack.masters, ...stack.slaves]) {
    const { stdout } = await host.sh('. /etc/os-release; echo "$VERSION_ID"')
    assert.is(stdout.trim(), RELEASE)
  }
})

test('bare hosts become green by one run', async () => {
  const { hosts } = await stack.converge()
  assert.equal(
    hosts.map(({ outcome }) => outcome),
    hosts.map(() => 'changed'),
  )
  await stack.green()
})

test('the app comes in, and each slave answers from its own containers only', async () => {
  const result = await stack.deploys({ version: 'v1', instances: 4, constraints: [['hostname', 'MAX_PER', '3']] })
  assert.is(result.outcome, 'live', result.reason)
  const [one = '', two = ''] = stack.slaves.map(({ address }) => address)
  assert.equal(await stack.answering(100), { [one]: [one], [two]: [two] })
})

test('a second run finds nothing to do', async () => {
  const { hosts } = await stack.converge()
  const changed = hosts.filter(({ outcome }) => outcome !== 'in-sync')
  assert.equal(changed, [], JSON.stringify(changed))
})

test.run()
