import vm from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as words from '../../src/index.ts'
import { anyWords, type Mistake, refuses } from './mistakes.ts'

const test = suite('odd values in properties')

const { archive, command, dockerImage, file, mount, swap, sysctl, user } = anyWords

const CONTENT = 'content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }'
const circle: Record<string, unknown> = {}
circle.self = circle
const secret = new words.Secret('s3cret')
const INEXACT = 'which JavaScript does not hold exactly; write it as text, or use a smaller number'

const table: readonly Mistake[] = [
  // names
  [file, 10n, { content: '' }, 'file: its name must be text, not a bigint'],
  [file, circle, { content: '' }, 'file: its name must be text, not an object'],
  [file, Number.NaN, { content: '' }, 'file: its name must be text, not NaN'],
  [file, Symbol('x'), { content: '' }, 'file: its name must be text, not a symbol'],
  [file, Promise.resolve('/x'), { content: '' }, 'file: its name must be text, not a Promise; await it'],
  [file, secret, { content: '' }, 'file: its name must be text, not a Secret'],
  // kinds of values
  [file, '/x', { content: Promise.resolve('') }, `file "/x": ${CONTENT}, not a Promise; await it`],
  [file, '/x', { content: () => '' }, `file "/x": ${CONTENT}, not a function`],
  [file, '/x', { content: new ArrayBuffer(1) }, `file "/x": ${CONTENT}, not an ArrayBuffer`],
  [
    file,
    '/x',
    { content: '', mode: Promise.resolve('0644') },
    'file "/x": mode must be octal digits in quotes, like "0644", not a Promise; await it',
  ],
  [user, 'joe', { comment: secret }, 'user "joe": comment must be text, not a Secret'],
  [user, 'joe', { comment: new Error('x') }, 'user "joe": comment must be text, not an Error'],
  [user, 'joe', secret, 'user "joe": its properties must be an object { … }, not a Secret'],
  // numbers that are not what was written
  [sysctl, 'vm.max_map_count', { value: 1e21 }, `sysctl "vm.max_map_count": value is 1e+21, ${INEXACT}`],
  [sysctl, 'kernel.shmmax', { value: 2 ** 64 }, `sysctl "kernel.shmmax": value is 18446744073709552000, ${INEXACT}`],
  [swap, '/swap', { sizeMb: 1e21 }, `swap "/swap": sizeMb is 1e+21, ${INEXACT}`],
  [
    command,
    'c',
    { run: ['ls'], creates: '/x', timeout: 2 ** 53 },
    `command "c": timeout is 9007199254740992, ${INEXACT}`,
  ],
  // what would be ignored or mean nothing
  [file, '/x', { content: '', validate: [''] }, 'file "/x": validate must begin with a program, not ""'],
  [file, '/x', { content: '', validate: [' ', '%s'] }, 'file "/x": validate must begin with a program, not " "'],
  [command, 'c', { run: [' '], creates: '/x' }, 'command "c": run must begin with a program, not " "'],
  [mount, '/m', { device: 'tmpfs', type: '' }, 'mount "/m": type must not be empty'],
  [
    dockerImage,
    'a:1',
    { digest: `sha256:${'a'.repeat(64)}`, sha256: 'b'.repeat(64) },
    'image "a:1": a checksum is that of a source, and there is none',
  ],
  [
    archive,
    '/opt/x',
    { source: Promise.resolve('x'), sha256: 'a'.repeat(64) },
    'archive "/opt/x": source must be a URL or { file }, not a Promise; await it',
  ],
]
for (const mistake of table) test(mistake[3], () => refuses(mistake))

test("bytes of another realm's Uint8Array, as in Jest or a vm, are bytes", () => {
  const digest = (content: unknown) =>
    (words.file('/x', { content: content as string }).props as { content: { digest: string } }).content.digest
  assert.is(digest(vm.runInNewContext('new Uint8Array([104, 105])')), digest('hi'))
})

test.run()
