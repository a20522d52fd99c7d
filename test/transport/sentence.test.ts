import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dialFailure, forwardFailure, slowForward } from '../../src/transport/dial-sentence.ts'
import { loginFailure } from '../../src/transport/login-failure.ts'
import { connectFailure, flooded, lostLink, noBegin, sessionFailure, silent } from '../../src/transport/sentence.ts'
import { TransportError, type TransportFailure } from '../../src/transport/transport.ts'
import { oneLine } from '../../src/transport/words.ts'

const test = suite('transport/sentence')

/** Errors as Node and ssh2 make them. */
const error = (message: string, fields: object = {}): Error => Object.assign(new Error(message), fields)

const connects: readonly [error: unknown, failure: TransportFailure, says: RegExp][] = [
  [
    error('getaddrinfo ENOTFOUND db', { code: 'ENOTFOUND', level: 'client-socket' }),
    'dns',
    /no address is known for db:22.*inventory/,
  ],
  [error('getaddrinfo EAI_AGAIN db', { code: 'EAI_AGAIN', level: 'client-socket' }), 'dns', /looked up now/],
  [
    error('connect ECONNREFUSED', { code: 'ECONNREFUSED', level: 'client-socket' }),
    'refused',
    /db:22 refused the connection.*port/,
  ],
  [Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED', level: 'client-socket' }), 'refused', /refused/],
  [
    error('connect ETIMEDOUT', { code: 'ETIMEDOUT', level: 'client-socket' }),
    'timeout',
    /did not answer.*security group/,
  ],
  [{ code: 'ETIMEDOUT' }, 'timeout', /did not answer/],
  [error('connect EHOSTUNREACH', { code: 'EHOSTUNREACH', level: 'client-socket' }), 'unreachable', /no route to db:22/],
  [error('connect ENETUNREACH', { code: 'ENETUNREACH', level: 'client-socket' }), 'unreachable', /no route/],
  [
    error('connect EACCES', { code: 'EACCES', level: 'client-socket' }),
    'unreachable',
    /this machine does not allow a connection to db:22: connect EACCES/,
  ],
  [
    error('read ECONNRESET', { code: 'ECONNRESET', level: 'client-socket' }),
    'lost',
    /was closed before the login was done: read ECONNRESET/,
  ],
  [error('Connection lost before handshake', { level: 'protocol' }), 'lost', /was closed before the login was done/],
  [error('Keepalive timeout', { level: 'client-timeout' }), 'lost', /several keepalives/],
  [
    error('Handshake failed: no matching key exchange algorithm', { level: 'handshake' }),
    'protocol',
    /no matching key exchange/,
  ],
  [error('something odd'), 'protocol', /failed: something odd/],
  ['not even an error', 'protocol', /not even an error/],
]
for (const [cause, failure, says] of connects) {
  test(`connect: ${(cause as Error).message ?? JSON.stringify(cause)}`, () => {
    const made = connectFailure(cause, 'db:22')
    assert.is(made.failure, failure)
    assert.match(made.message, says)
  })
}

const forwards: readonly [message: string, reason: unknown, failure: TransportFailure, says: RegExp][] = [
  ['open failed', 1, 'forwarding', /edge:22 does not forward connections to db:22.*AllowTcpForwarding/],
  ['Connection refused', 2, 'refused', /db:22 refused the connection made from edge:22/],
  ['Connection timed out', 2, 'timeout', /did not answer/],
  ['No route to host', 2, 'unreachable', /no route from edge:22 to db:22/],
  ['Name or service not known', 2, 'dns', /edge:22 knows no address/],
  ['Connect failed', 2, 'unreachable', /cannot be reached from edge:22: Connect failed/],
  ['server closed channel unexpectedly', '', 'lost', /was lost while/],
]
for (const [message, reason, failure, says] of forwards) {
  test(`forward: ${message}`, () => {
    const made = forwardFailure(error(`(SSH) Channel open failure: ${message}`, { reason }), 'edge:22', 'db:22')
    assert.is(made.failure, failure)
    assert.match(made.message, says)
  })
}

test('what a service does not answer is not blamed on sshd, or on the way to another host', () => {
  assert.is(
    slowForward(10_000, 'edge:22', 'db:5432').message,
    'db:5432 did not answer the connection made from edge:22 within 10 s',
  )
  for (const [code, failure, sentence] of [
    ['ECONNREFUSED', 'refused', 'db:5432 refused the connection made from this machine'],
    ['ETIMEDOUT', 'timeout', 'db:5432 did not answer the connection made from this machine'],
    ['EHOSTUNREACH', 'unreachable', 'there is no route from this machine to db:5432'],
    ['ENOTFOUND', 'dns', 'this machine knows no address for db:5432'],
    ['EPROTO', 'unreachable', 'db:5432 cannot be reached from this machine: dial EPROTO'],
  ] as const) {
    const made = dialFailure(error(`dial ${code}`, { code }), 'db:5432')
    assert.equal([made.failure, made.message], [failure, sentence])
  }
})

const sessions: readonly [error: unknown, failure: TransportFailure, says: RegExp][] = [
  [
    error('(SSH) Channel open failure: open failed', { reason: 2 }),
    'protocol',
    /refused one more session.*MaxSessions/,
  ],
  [error('Unable to exec'), 'protocol', /refuses to run commands/],
  [error('Not connected'), 'lost', /was lost: Not connected/],
  [error('No response from server'), 'lost', /was lost/],
]
for (const [cause, failure, says] of sessions) {
  test(`session: ${(cause as Error).message}`, () => {
    const made = sessionFailure(cause, 'db:22')
    assert.is(made.failure, failure)
    assert.match(made.message, says)
  })
}

/** What sudo 1.9, OpenSSH and login shells print. */
const logins: readonly [
  stderr: string,
  failure: TransportFailure,
  says: RegExp,
  options?: { sudo?: boolean; noise?: string; code?: number },
][] = [
  [
    'sudo: a password is required\n',
    'sudo-password',
    /wants the password of alice: set ssh\.sudoPassword to "ask", or give alice NOPASSWD/,
  ],
  [
    'sudo: a terminal is required to read the password; either use the -S option\n',
    'sudo-password',
    /wants the password/,
  ],
  ['sudo: no tty present and no askpass program specified\n', 'sudo-password', /wants the password/],
  ['sudo: sorry, you must have a tty to run sudo\n', 'requiretty', /Defaults:alice !requiretty/],
  ['alice is not in the sudoers file.\n', 'sudo-refused', /does not let alice run commands as root/],
  ['Sorry, user alice may not run sudo on db.\n', 'sudo-refused', /does not let alice/],
  [
    "Sorry, user alice is not allowed to execute '/usr/bin/sh -c x' as root on db.\n",
    'sudo-refused',
    /does not let alice/,
  ],
  [
    '\nSorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt\n',
    'sudo-password',
    /did not accept the password of alice/,
  ],
  ["env: 'sudo': No such file or directory\n", 'sudo-refused', /there is no sudo/],
  ['bash: line 1: sudo: command not found\n', 'sudo-refused', /there is no sudo/],
  [
    'sudo: account validation failure, is your account locked?\n',
    'sudo-refused',
    /did not run the script for alice: .*locked/,
  ],
  ['', 'nologin', /no login shell/, { noise: 'This account is currently not available.\n' }],
  [
    '',
    'protocol',
    /ended with code 1 before the script began, and said: Only git here; is there a forced command/,
    { noise: 'Only git here\n' },
  ],
  [
    '',
    'protocol',
    /and said: This service allows sftp connections only; is there a forced command/,
    { noise: 'This service allows sftp connections only.\n' },
  ],
  [
    'WARNING: Your password has expired.\nPassword change required but no TTY available.\n',
    'nologin',
    /the password of alice has expired, and sshd wants a new one first/,
  ],
  ['', 'protocol', /and said nothing/],
  [
    'bash: line 1: env: command not found\n',
    'protocol',
    /ended with code 127 before the script began, .* not found; does sshd \(SetEnv\), .* change PATH/,
    { code: 127 },
  ],
  [
    '0123456789abcdef eaten\n',
    'protocol',
    /\.bashrc, say\) reads standard input and took the beginning of the script, so nothing was run/,
  ],
  ['', 'protocol', /and said: odd; is there/, { noise: 'odd 0123456789abcdef\n' }],
  [
    '',
    'full',
    /opened no session for alice, and said: Too many logins/,
    { noise: "Too many logins for 'alice'.\n", code: 254 },
  ],
  ['sudo: a password is required\n', 'protocol', /ended with code 1/, { sudo: false }],
  ['sh: 1: head: not found\n', 'protocol', /said: sh: 1: head: not found; does sshd/, { code: 127 }],
  ['sh: 1: head: Permission denied\n', 'sudo-refused', /\(noexec in sudoers\): allow it for alice/, { code: 126 }],
  ['', 'protocol', /starts another shell in its place, which got the script, so nothing was run/, { code: 93 }],
]
for (const [stderr, failure, says, { sudo = true, noise = '', code = 1 } = {}] of logins) {
  test(`login: ${oneLine(stderr + noise) || 'nothing'}${sudo ? '' : ', without sudo'}`, () => {
    const made = loginFailure({ user: 'alice', sudo, code, stderr, noise, nonce: '0123456789abcdef' })
    assert.is(made.failure, failure)
    assert.match(made.message, says)
  })
}

test('a sentence that was made is not made again', () => {
  const made = new TransportError('host-key', 'as it is')
  for (const again of [
    connectFailure(made, 'x'),
    forwardFailure(made, 'x', 'y'),
    sessionFailure(made, 'x'),
    lostLink('x', made),
  ])
    assert.is(again, made)
})

const lines: readonly [text: string, line: string][] = [
  ['\x1b[31mred\x1b[0m', 'red'],
  ['\x1b]0;title\x07text', 'text'],
  ['\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['a\r\nb\tc', 'a b c'],
  ['\x9b31mc1', '31mc1'],
  ['\x00\x07bell\x7f', 'bell'],
  ['\u202eright to left', 'right to left'],
  ['x'.repeat(400), `${'x'.repeat(299)}…`],
]
for (const [text, line] of lines)
  test(`one line of ${JSON.stringify(text.slice(0, 20))}`, () => assert.is(oneLine(text), line))

test('nothing of a host reaches a sentence unfiltered', () => {
  const evil = '\x1b[2Jowned\nTransportError: fine'
  for (const made of [
    connectFailure(error(evil), 'db'),
    forwardFailure(error(evil, { reason: 2 }), 'db', 'x'),
    sessionFailure(error(evil, { reason: 2 }), 'db'),
    loginFailure({ user: 'a', sudo: true, code: 1, stderr: `sudo: ${evil}`, noise: '' }),
    loginFailure({ user: 'a', sudo: false, code: 1, stderr: '', noise: evil }),
    noBegin(1, evil),
    lostLink('db', error(evil)),
  ])
    assert.not.match(made.message, /[\x00-\x1f\x7f-\x9f]/)
})

test('times and sizes are said', () => {
  assert.match(silent(40_000).message, 'nothing for 40 s')
  assert.match(noBegin(1500, '').message, 'within 1.5 s:')
  assert.match(flooded(1000).message, '1000 bytes')
})

test.run()
