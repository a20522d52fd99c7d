/** A value of 100 kB (a source, a name) does not make a sentence or a plan of 100 kB. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { explain } from '../../src/cli/explain.ts'
import type { HostResult } from '../../src/engine/events.ts'
import { archive, container, git, pkg, type Resource, template } from '../../src/index.ts'
import { UserError } from '../../src/lib/user-error.ts'
import { planText } from '../../src/report/run/plan.ts'
import { decided } from '../support/decided.ts'

const test = suite('long words')
const LONG = 'a'.repeat(100_000)
const MOST = 500
const PIPE = { columns: Number.POSITIVE_INFINITY, unicode: true, colour: false }

test('in a sentence', () => {
  for (const words of [`there is no template ${LONG}: is it spelt right`, `archive "${LONG}": is none`, LONG]) {
    const { text } = explain(new UserError(words), { env: {} })
    assert.ok(text.length < MOST, text.slice(0, 1000))
    if (words !== LONG) assert.match(text, /(spelt right|is none)\n$/)
  }
})

/** The plan of one host, as printed. */
function printed(resource: Resource, columns = PIPE.columns): readonly string[] {
  const result: HostResult = {
    host: 'a',
    outcome: 'planned',
    steps: 1,
    owed: [],
    ms: 1,
    cost: { connections: 1, execs: 1, bytesUp: 1, bytesDown: 1 },
    plan: decided([resource]).plan,
  }
  return planText([result], 1, { ...PIPE, columns })
}

test('in a plan', () => {
  for (const resource of [
    pkg(LONG, {}),
    git('/x', { repository: `https://h/${LONG}`, revision: 'main' }),
    container('abc', { image: `${LONG}:1` }),
    archive('/opt/x', { source: `https://h/${LONG}.tgz`, sha256: 'a'.repeat(64) }),
  ])
    assert.ok(printed(resource).join('\n').length < 2 * MOST, resource.type.name)
})

test('no word that a sentence needs is cut', () => {
  assert.throws(() => template('/x', { from: 'nowhere/b.ejs' }), /there is no template nowhere\/b\.ejs/)
})

test.run()
