// What a step that failed has said, as its result tells it.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { carryOut } from '../../../src/engine/apply/carry-out.ts'
import type { Context } from '../../../src/engine/context.ts'
import type { RunEvent } from '../../../src/engine/events.ts'
import type { Session } from '../../../src/engine/link/session.ts'
import { decided } from '../../support/decided.ts'
import { note, pack } from '../../support/toys.ts'

const test = suite('what a failed step has said')

/** A line, or a marker and its step. */
type Said = string | readonly ['step' | 'ok' | 'failed', number]

/** What `carryOut` returns of a script that says this. */
async function said(...lines: readonly Said[]): Promise<readonly string[]> {
  const resources = [note('n', { text: '' }), pack('p', {}), pack('q', {}), pack('r', {})]
  const events: RunEvent[] = []
  const session: Pick<Session, 'apply'> = {
    async apply(_, listener) {
      for (const line of lines)
        if (typeof line === 'string') listener.line(line)
        else listener.marker({ marker: line[0], index: line[1] })
      return { status: 1, failed: 2 } as never
    },
  }
  const context: Pick<Context, 'emit' | 'now' | 'room'> = {
    emit: (event) => events.push(event as RunEvent),
    now: () => 0,
    room: async () => {},
  }
  const { output } = await carryOut(
    session as Session,
    decided(resources, {}),
    resources,
    String as never,
    () => {},
    context as Context,
  )
  return output
}

const cases: Readonly<Record<string, readonly [readonly string[], readonly Said[]]>> = {
  'what it says once it is blamed': [['q: bad'], [['step', 1], 'p: fine', ['failed', 2], 'q: bad']],
  'what its group said before, if it says nothing more': [['q: bad'], [['step', 1], 'q: bad', ['failed', 2]]],
  'nothing of another step': [[], [['step', 0], 'n: fine', ['ok', 0], ['step', 1], ['failed', 2]]],
}

for (const [what, [expected, lines]] of Object.entries(cases))
  test(what, async () => {
    assert.equal(await said(...lines), expected)
  })

test.run()
