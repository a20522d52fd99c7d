import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Tried, worthAnother } from '../../../src/transport/ssh/retrying.ts'
import { TransportError, type TransportFailure } from '../../../src/transport/transport.ts'

const test = suite('transport/ssh/retrying')

const tried = (times: number, ms: number, patience = 0): Tried => ({ times, ms, patience })
const patient = { retries: 2, waits: () => {} }

const cases: readonly [
  name: string,
  failure: TransportFailure,
  tried: Tried,
  tries: Parameters<typeof worthAnother>[2],
  again: boolean,
][] = [
  ['a first failure that is fleeting', 'lost', tried(0, 10), { retries: 2 }, true],
  ['as often as was said', 'lost', tried(2, 10), { retries: 2 }, false],
  ['no retries', 'refused', tried(0, 0, 30_000), { ...patient, retries: 0 }, false],
  ['what is not fleeting', 'auth', tried(0, 0, 30_000), patient, false],
  ['a host key', 'host-key', tried(0, 0, 30_000), patient, false],
  ['a host that did not answer', 'timeout', tried(0, 10_000), patient, false],
  ['a host that did not answer, after it said that it boots', 'timeout', tried(3, 20_000, 180_000), patient, true],
  ['what passes, within its time', 'refused', tried(9, 29_000, 30_000), patient, true],
  ['what passes, after its time', 'refused', tried(9, 31_000, 30_000), patient, false],
  ['what passes, where nobody is told', 'refused', tried(9, 100, 30_000), { retries: 2 }, false],
  ['stopped', 'aborted', tried(0, 0, 30_000), patient, false],
]
for (const [name, failure, before, tries, again] of cases)
  test(name, () => assert.is(worthAnother(new TransportError(failure, 'x'), before, tries), again))

test.run()
