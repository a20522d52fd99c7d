// units.sh against stand-ins of systemctl and journalctl: which timers have failed, before and after a reboot.
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UNIT_FUNCTIONS } from '../../src/engine/units.ts'

const test = suite('timers whose last run failed')

const FAILED = 'd9b373ed55a64feb8242e02dbe79a49c'
const ENDED = '7ad2d189f7e94e70a38c781354912448'

/** An entry of the journal: of this run, or of none that is known, by this process. */
const entry = (cursor: string, pid: number, run?: string): string =>
  `__CURSOR=${cursor}\n_PID=${pid}\n${run === undefined ? '' : `${pid === 1 ? '' : '_SYSTEMD_'}INVOCATION_ID=${run}\n`}\n`
const SAID = entry('starts', 1, 'r1') + entry('said', 7, 'r1') + entry('failed', 1, 'r1')

/** What is printed when systemctl says this state, the journal's last word about the unit is this, and it has these entries. */
function printed(state: string, last = '', entries = SAID): string {
  const verbose = `Sun 2026-11-29 03:00:01.000000 UTC [s=1;i=2]\n    MESSAGE_ID=${last}\n    INVOCATION_ID=r1`
  const standIns = `
systemctl() { printf '%s\\n' '${state}'; }
journalctl() {
  case "$*" in
    *--cursor=said*) echo 'no space left' ;;
    *--cursor=*) echo 'what an other run said' ;;
    *export*) printf %s '${entries}' ;;
    *UNIT=app-backup.service*) [ -z '${last}' ] || printf '%s\\n' '${verbose}' ;;
  esac
}
failed_timers app-backup`
  return execFileSync('sh', ['-eu'], { input: `${UNIT_FUNCTIONS.text}\n${standIns}\n`, encoding: 'utf8' })
}
const red = 'timer\tapp-backup\tno space left\n'
const state = (load: string, active: string, started: number) =>
  `LoadState=${load}\nActiveState=${active}\nInvocationID=r1\nExecMainStartTimestampMonotonic=${started}`

for (const [what, says, last, wanted] of [
  ['failed since the boot', state('loaded', 'failed', 5), undefined, red],
  ['ended well since the boot', state('loaded', 'inactive', 5), FAILED, ''],
  ['failed before the boot', state('loaded', 'inactive', 0), FAILED, red],
  ['ended well before the boot', state('loaded', 'inactive', 0), ENDED, ''],
  ['has never run, or the journal does not go back so far', state('loaded', 'inactive', 0), undefined, ''],
  ['runs', state('loaded', 'activating', 5), FAILED, ''],
  ['was removed', state('not-found', 'failed', 5), FAILED, ''],
] as const)
  test(what, () => assert.is(printed(says, last), wanted))

const [before, starts] = [entry('before', 1, 'r0') + entry('old', 5, 'r0'), entry('starts', 1, 'r1')]
for (const [what, entries, words] of [
  [
    'a process that had exited before the journal could tell its run',
    before + starts + entry('said', 7),
    'no space left',
  ],
  ['the last of two, of which one had', before + starts + entry('first', 6, 'r1') + entry('said', 7), 'no space left'],
  ['only the run before, also by a process that had', before + entry('old', 5) + starts + entry('failed', 1, 'r1'), ''],
  ['nobody', starts + entry('failed', 1, 'r1'), ''],
  ['somebody whose words the journal has dropped', '', ''],
] as const)
  test(`something was said by ${what}`, () =>
    assert.is(printed(state('loaded', 'failed', 5), undefined, entries), `timer\tapp-backup\t${words}\n`))

test.run()
