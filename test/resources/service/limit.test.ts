/** A unit without a limit of its own does not hold a run for ever. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { join, type Script, sh } from '../../../src/shell/script.ts'
import { unitJobFunction } from '../../../src/shell/unit-job.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('how long a unit may take')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

/** A systemctl whose jobs sleep for the seconds in `takes`, a line for each call. */
const SYSTEMCTL = `#!/bin/sh
cd "\${0%/*}/.."
case $* in
'show -p Timeout'*) cat limit ;;
'show -p ActiveState'*) cat active ;;
list-jobs*) printf '7 app.service start waiting\\n8 db.service start running\\n' ;;
*)
  echo "$*" >>calls
  read -r seconds <takes; sed -i 1d takes
  sleep "\${seconds:-0}" ;;
esac
`

interface Unit {
  readonly limit?: string
  readonly active?: string
  readonly takes: readonly number[]
}

/** What was called, the exit status and what it said. */
function job(at: Place, verb: string, { limit = 'infinity', active = 'activating', takes }: Unit) {
  const root = `${at.path}/..`
  mkdirSync(`${root}/bin`)
  writeFileSync(`${root}/bin/systemctl`, SYSTEMCTL, { mode: 0o755 })
  for (const [name, text] of Object.entries({ limit, active, takes: takes.join('\n'), calls: '' }))
    writeFileSync(`${root}/${name}`, `${text}\n`)
  const run: Script = sh`
    job_limit=1 PATH=${`${root}/bin`}:$PATH
    status=0
    said=$(unit_job ${verb} app.service 2>&1) || status=$?
    echo "$status $said"`
  const said = at.run(join([unitJobFunction, run])).trim()
  return [said, ...readFileSync(`${root}/calls`, 'utf8').trim().split('\n')]
}

test('what is soon done', ({ at }) => {
  assert.equal(job(at, 'start', { takes: [0] }), ['0', 'start app.service'])
})

test('a start of one that never says that it is ready', ({ at }) => {
  assert.equal(job(at, 'restart', { takes: [9] }), [
    '124 it was not ready after 1 s, and its unit sets no limit (TimeoutStartSec=)',
    'restart app.service',
    'stop --no-block app.service',
  ])
})

test('a reload is not taken back', ({ at }) => {
  assert.equal(job(at, 'reload-or-restart', { takes: [9] }), [
    '124 it was not ready after 1 s, and its unit sets no limit (TimeoutStartSec=)',
    'reload-or-restart app.service',
  ])
})

test('one that systemd itself will end is waited for', ({ at }) => {
  assert.equal(job(at, 'restart', { limit: '1h', takes: [9, 0] }), ['0', 'restart app.service', 'start app.service'])
})

test('one that waits for another that has no limit', ({ at }) => {
  assert.equal(job(at, 'start', { limit: '1min 30s', active: 'inactive', takes: [9] }), [
    '124 it was not ready after 1 s: it waits for db.service',
    'start app.service',
    'stop --no-block app.service',
  ])
})

test('one that does not end', ({ at }) => {
  assert.equal(job(at, 'stop', { active: 'deactivating', takes: [9] }), [
    '124 it has not ended after 1 s, and its unit sets no limit (TimeoutStopSec=)',
    'stop app.service',
  ])
})

test.run()
