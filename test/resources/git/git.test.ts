import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { git } from '../../../src/resources/archives/git.ts'
import type { Script } from '../../../src/shell/script.ts'
import { converge, inSync } from '../../support/loop.ts'
import { me, type Place, place } from '../../support/run-local.ts'

/** A checkout whose repository was damaged, as by a power cut or by a person, is mended; no other repository is touched. */
const test = suite<{ at: Place }>('damaged git checkouts on this machine')
test.before.each((context) => {
  context.at = place()
  on(
    context.at,
    `git init -q -b main outer; cd outer; git config user.email a@example.test; git config user.name a
    for n in one two; do echo $n >file; git add file; git commit -q -m $n; git tag $n; done; git clone -q --bare . ../app.git; git checkout -q one; echo mine >file`,
  )
})
test.after.each((context) => context.at.remove())

const on = ({ path }: Place, words: string): string =>
  execFileSync('sh', ['-ec', words], { cwd: path, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

const DAMAGES = [
  'rm -rf .git/refs .git/HEAD',
  'rm -f .git/HEAD',
  ': >.git/HEAD',
  'rm -rf .git/*',
  ': >.git/index',
  'rm -f .git/index',
  ': >.git/config',
  'rm -f .git/config',
  'find .git/refs -type f -exec sh -c ": >\\"\\$1\\"" - {} ";"',
  'echo junk >.git/config',
  'rm -rf .git/objects',
  'find .git/objects -type f -exec sh -c "chmod u+w \\"\\$1\\"; : >\\"\\$1\\"" - {} ";"',
  'touch .git/index.lock .git/config.lock .git/HEAD.lock',
]

/** Runs scripts as on a host on which no other git runs, whatever this machine does beside the tests. */
const alone =
  ({ run }: Place) =>
  (script: Script): string =>
    run({ ...script, text: script.text.replaceAll('/proc/[0-9]*/comm', '/nonexistent') })

const checkout =
  ({ path }: Place) =>
  (revision: string) => [git(`${path}/app`, { repository: `${path}/app.git`, revision, user: me.owner })]

/** A third commit, which has a/b. */
const NEW =
  'cd outer; git checkout -qf main; mkdir a; echo new >a/b; git add a; git commit -q -m three; git tag three; git push -q ../app.git main three'

for (const [what, mine, says] of [
  ['another file', 'mkdir a; echo mine >a/b', 'a/b'],
  ['a file that git ignores', 'echo a >.git/info/exclude; mkdir a; echo mine >a/b', 'a/b'],
  ['a file where a directory comes', 'echo mine >a', 'a'],
  ['a directory where a file comes', 'mkdir -p a/b; echo mine >a/b/c', 'a/b/c'],
] as const)
  test(`what is not of the checkout is kept: ${what}`, ({ at }) => {
    const to = checkout(at)
    converge(alone(at), to('two'))
    on(at, `${NEW}; cd ../app; ${mine}; mkdir -p z; echo kept >z/y`)
    const said = new RegExp(
      `app/${says} is not of the checkout, and three would replace it; move it away and run again`,
    )
    assert.throws(() => converge(alone(at), to('three')), said)
    assert.is(on(at, `cd app; cat ${says} z/y file; git for-each-ref refs/provision`), 'mine\nkept\ntwo')
    on(at, `cd app; rm -r a`)
    converge(alone(at), to('three'))
    assert.ok(inSync(at.run, to('three')))
    assert.is(on(at, 'cd app; cat a/b z/y; git for-each-ref refs/provision'), 'new\nkept')
  })

test('what a killed run has written is in nobody’s way, and nobody changed it by hand', ({ at }) => {
  const to = checkout(at)
  converge(alone(at), to('two'))
  on(at, `${NEW}; cd ../app; git update-ref refs/provision/begun HEAD; mkdir a; printf n >a/b; : >file`)
  for (const revision of ['two', 'three']) assert.not(inSync(at.run, to(revision)))
  converge(alone(at), to('three'))
  assert.ok(inSync(at.run, to('three')))
  assert.is(on(at, 'cd app; cat a/b file'), 'new\ntwo')
})

test('a file that is there already as it is to be is in nobody’s way', ({ at }) => {
  const to = checkout(at)
  converge(alone(at), to('two'))
  on(at, `${NEW}; cp -r a ../app`)
  converge(alone(at), to('three'))
  assert.ok(inSync(at.run, to('three')))
})

for (const [i, damage] of DAMAGES.entries()) {
  const revision = i % 2 ? 'main' : 'two'
  test(`${revision}: ${damage}`, ({ at }) => {
    const path = `${at.path}/outer/app`
    const wanted = [git(path, { repository: `${at.path}/app.git`, revision, user: me.owner })]
    converge(alone(at), wanted)
    assert.ok(inSync(at.run, wanted))
    on(at, `cd outer/app; touch untracked; ${damage}; rm file`)
    converge(alone(at), wanted)
    assert.ok(inSync(at.run, wanted))
    assert.is(
      on(at, 'cd outer/app; cat file; ls; cat ../file; git -C .. log -1 --format=%s'),
      'two\nfile\nuntracked\nmine\none',
    )
  })
}

test('of a repository that is gone it is said what git says of it, not what it says of all', ({ at }) => {
  const wanted = [git(`${at.path}/app`, { repository: `${at.path}/app.git`, revision: 'main', user: me.owner })]
  converge(alone(at), wanted)
  on(at, 'mv app.git elsewhere')
  assert.throws(
    () => inSync(at.run, wanted),
    /app\.git cannot be asked for main: fatal: '.*app\.git' does not appear to be a git repository$/,
  )
})

test.run()
