import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { unitWords, whyDown } from '../../src/resources/systemd/running/last-words.ts'
import { join, type Script, sh } from '../../src/shell/script.ts'
import { place } from '../support/run-local.ts'

const test = suite('last words of a unit')

/** systemd and its journal: three tries of a unit, each with one line. `under`: the try that is under way, at each look. */
const machine = (under: readonly string[]): Script => sh`
  timeout() { :; }
  systemctl() {
    case $* in
    *ExecMainPID*) echo 13 ;;
    *ActiveState*) printf 'ActiveState=active\nSubState=running\n' ;;
    *InvocationID*)
      looks=$(($(cat looks 2>/dev/null || echo 0) + 1))
      echo "$looks" >looks
      set -- ${under}
      eval echo "\$$looks" ;;
    esac
  }
  journalctl() {
    case $* in
    *export*) for try in 1 2 3; do printf '_PID=1%s\n_SYSTEMD_INVOCATION_ID=try%s\n\n' $try $try; done ;;
    *_SYSTEMD_INVOCATION_ID=try*) printf 'error of %s\n' "$*" | grep -o 'error of\|try.' | head -n 2 | paste -sd ' ' ;;
    esac
  }`

const cases = [
  { what: 'the last one that is over', under: ['try3', 'try3'], words: 'error of try2' },
  { what: 'none that has begun since they were listed', under: ['try2', 'try3'], words: 'error of try1' },
]
for (const { what, under, words } of cases) {
  test(what, () => {
    const at = place()
    try {
      assert.is(at.run(join([machine(under), unitWords, sh`unit_words x 1`])).trim(), words)
    } finally {
      at.remove()
    }
  })
}

for (const [what, lines, words] of [
  [
    'a field of something that was written out',
    ['could not bind', 'health_check {', '  max_failures: 3', '}'],
    'could not bind',
  ],
  ['… where nothing else sounds like a reason', ['began', '  max_failures: 3', 'ended'], 'ended'],
  [
    'what goes wrong while it ends explains nothing',
    [
      'ERROR Lost leadership; crashing',
      'INFO  shutting down with exit code 103',
      'ERROR Unhandled message in suspend: class RateLimiterActor$Unsubscribe$',
    ],
    'ERROR Lost leadership; crashing',
  ],
  [
    '… where it gave no other reason',
    ['INFO Shutting down', 'ERROR the log is on a full disk'],
    'ERROR the log is on a full disk',
  ],
  [
    'a reason that says that it ends',
    ['ERROR cannot bind, exiting', 'ERROR closed twice'],
    'ERROR cannot bind, exiting',
  ],
  ['an indented reason', ['began', '  error: denied', 'ended'], '  error: denied'],
] as const) {
  test(`of some lines: ${what}`, () => {
    const at = place()
    try {
      const said = at.run(join([unitWords, sh`printf '%s\n' ${[...lines]} | pick_words 1 | tail -n 1`]))
      assert.is(said.trimEnd(), words)
    } finally {
      at.remove()
    }
  })
}

for (const [state, words, why] of [
  ['failed', 'no quorum', '; its last words: no quorum'],
  ['activating', 'no quorum', '; its last words: no quorum'],
  ['failed', '', ''],
  ['stopped', 'a client went away', '; its unit was stopped, or never started'],
  ['stopping', 'no such container', '; its unit is being stopped'],
] as const) {
  test(`why a unit is down that is ${state} and said "${words}"`, () => assert.is(whyDown({ state, words }), why))
}

test('a line that is said again and again is printed once, where it was said last', () => {
  const at = place()
  try {
    const lines = ['a is bad', 'b is bad', 'began', 'a is bad', 'ended', 'b is bad', 'a is bad']
    const said = at.run(join([unitWords, sh`printf '%s\n' ${lines} | pick_words 4 | tail -n +2`]))
    assert.is(said, 'began\nended\nb is bad\na is bad\n')
  } finally {
    at.remove()
  }
})

test('a unit that has not run since the boot has no last words: those of the boot before are not its own', () => {
  const at = place()
  try {
    const boots = sh`
      journalctl() {
        case " $* " in
        *' -b '*) ;;
        *export*) printf '_PID=9\\n_SYSTEMD_INVOCATION_ID=try1\\n\\n' ;;
        *) echo 'error of the boot before' ;;
        esac
      }`
    assert.is(at.run(join([machine(['']), boots, unitWords, sh`unit_words x 1`])).trim(), '')
  } finally {
    at.remove()
  }
})

test('of a unit that no process ran for: neither what systemd says of every unit, nor what the try before said', () => {
  const at = place()
  const entry = (text: string, id: string, of: string): string =>
    `MESSAGE=${text}\n${id === '' ? '' : `MESSAGE_ID=${id}\n`}INVOCATION_ID=${of}\n_PID=1\n\n`
  const all = [
    entry('Stopping x.service...', 'de5b426a63be47a7b6ac3eaac82e2f6f', 'old'),
    entry('x.service: Killing process 9 with signal SIGKILL.', '', 'old'),
    entry('x.service: Deactivated successfully.', '7ad2d189f7e94e70a38c781354912448', ''),
    entry('Stopped x.service.', '9d1aaa27d60140bd96365438aad20286', ''),
    entry('x.service: Consumed 2s CPU time.', 'ae8f7b866b0347b9af31fe1c80b127c0', ''),
    entry('x.service: Failed to load environment files: No such file or directory', '', 'new'),
    entry("x.service: Failed with result 'resources'.", 'd9b373ed55a64feb8242e02dbe79a49c', 'new'),
  ]
  try {
    const said = sh`
      journalctl() { case $* in *MESSAGE_ID*) printf %s ${all.join('')} ;; esac; }`
    assert.is(
      at.run(join([machine(['']), said, unitWords, sh`unit_words x 4 1 old`])),
      'x.service: Failed to load environment files: No such file or directory\n',
    )
  } finally {
    at.remove()
  }
})

test('of a unit whose process exited before the journal could tell its try: what it said', () => {
  const at = place()
  const [said, old] = ['MESSAGE=bad configuration\n_PID=13\n\n', 'MESSAGE=bad\n_PID=9\n_SYSTEMD_INVOCATION_ID=old\n\n']
  const usual = 'MESSAGE=Started x.\nMESSAGE_ID=39f53479d3a045ac8e11786248231fbf\nINVOCATION_ID=new\n_PID=1\n\n'
  try {
    const journal = sh`
      journalctl() { case $* in *MESSAGE_ID*_SYSTEMD_UNIT=x.service*) printf %s ${usual + old + said} ;; esac; }`
    const words = at.run(join([machine(['']), journal, unitWords, sh`unit_words x 4 1 old`]))
    assert.is(words, 'bad configuration\n')
  } finally {
    at.remove()
  }
})

test.run()
