/** Which certificates status speaks of: those that clients get. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { certificatesAt, ending, validityAt } from '../../recipes/common/certificates.ts'
import type { Attributes } from '../../recipes/haproxy/attributes.ts'
import { installed } from '../../recipes/haproxy/certificates.ts'
import { withCertificates } from '../support/certificates.ts'
import { slaves } from './load-balancer/support.ts'

const test = suite('recipes/haproxy: installed certificates')
const { path, read } = withCertificates(test)
const NOW = 1_800_000_000

/** What status says of a host where these files are, while the inventory has another certificate. */
const told = (files: readonly string[], now: number) => {
  const certificates = files.map((_, i) => ({
    name: `c${i}`,
    certificate: `file:${path('www.chain')}`,
    key: `file:${path('www.key')}`,
  }))
  const vars = slaves({ haproxy: { tls: { certificates } } }).host('slave-1').vars.haproxy as Attributes
  const printed = files.map((text, i) => `= /etc/haproxy/certs/c${i}.pem\n${text}`).join('')
  return ending(installed(vars, `active\n${now}\n{}\n{}\n  default_backend be_a\n${printed}`), now)
}

test('what a host prints of its files is told apart: one whose last line has no end, of DOS, with a key, empty, missing', () => {
  const shapes = {
    whole: read('expired.chain'),
    'no end': read('expired.crt').trimEnd(),
    DOS: read('expired.crt').replaceAll('\n', '\r\n').trimEnd(),
    'a key': `${read('www.key')}${read('expired.crt').trimEnd()}`,
    empty: '',
  }
  const files = Object.entries(shapes).map(([shape, text]) => {
    const file = path(`shape ${shape}`)
    writeFileSync(file, text)
    return file
  })
  const all = [...files, path('shape missing'), files[1] as string]
  const { stdout } = spawnSync('sh', ['-c', `${certificatesAt(all).text}\necho after`], { encoding: 'utf8' })
  assert.is(stdout.trim().split('\n').at(-1), 'after')
  assert.not.match(stdout, /PRIVATE/)
  const valid = all.map((file) => validityAt(stdout, file) !== undefined)
  assert.equal(valid, [true, true, true, true, false, false, true])
})

test('status names what clients get: one that has expired, is not valid yet, or ends soon, which is not red', () => {
  const expired = { says: 'the certificate c0 expired at 2024-04-01 00:00 UTC', red: true }
  assert.equal(told([read('expired.chain'), read('www.chain')], NOW), expired)
  const coming = { says: 'the certificate c1 is valid only from 2099-01-01 00:00 UTC on', red: true }
  assert.equal(told([read('www.chain'), read('coming.crt')], NOW), coming)
  const late = 'CN=old.example.com, which signed c0, expired at 2024-04-01 00:00 UTC'
  assert.equal(told([read('late.chain').replaceAll('\n', '\r\n')], NOW), { says: late, red: true })
  for (const none of ['', 'not PEM\n']) assert.equal(told([none], NOW), { says: '', red: false })
  const end = Date.UTC(2024, 3, 1) / 1000
  assert.equal(told([read('expired.crt')], end - 15 * 86_400), { says: '', red: false })
  const says = 'the certificate c0 expires at 2024-04-01 00:00 UTC'
  assert.equal(told([read('expired.crt')], end - 13 * 86_400), { says, red: false })
})

test.run()
