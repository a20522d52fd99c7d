import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whyNoAnswer } from '../../src/lib/net/network.ts'
import { dialFailure } from '../../src/transport/dial-sentence.ts'
import { connectFailure } from '../../src/transport/sentence.ts'

const test = suite('a process that may open no more files')

for (const code of ['EMFILE', 'ENFILE']) {
  const error = Object.assign(new Error(`connect ${code} 10.0.0.1:22 - Local (undefined:undefined)`), { code })
  const says =
    'this process may open no more files, so that it cannot connect to db:22: raise its limit (ulimit -n), or lower --forks'

  test(`${code} is its own limit, whoever it wanted to reach`, () => {
    for (const made of [connectFailure(error, 'db:22'), dialFailure(error, 'db:22')])
      assert.equal([made.failure, made.message], ['unreachable', says])
    assert.is(whyNoAnswer(error), 'it was not asked, because this process may open no more files (ulimit -n)')
  })

  test(`${code} may pass, because others end: a login is tried again`, () =>
    assert.ok(connectFailure(error, 'db:22').passing > 0))
}

test.run()
