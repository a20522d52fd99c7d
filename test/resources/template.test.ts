import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { render, template } from '../../src/resources/files/template.ts'
import { reveal, Secret } from '../../src/shell/secret.ts'

const test = suite('template')
const folder = mkdtempSync(join(tmpdir(), 'provision-test-'))
test.after(() => rmSync(folder, { recursive: true }))

/** source, vars → text or the end of the error's sentence */
const table: readonly [string, object, string | RegExp][] = [
  ['a=<%= a %>\n', { a: '<"&\'>' }, 'a=<"&\'>\n'],
  ['<% for (const x of list) { -%>\nserver <%= x %>\n<% } -%>\nend\n', { list: ['a', 1] }, 'server a\nserver 1\nend\n'],
  ['\ufeffa=<%= a %>\n', { a: 1 }, 'a=1\n'],
  ['one\n<%= nope %>', {}, /x\.ejs:2: nope is not defined$/],
  ['<%= a %>', { a: undefined }, /x\.ejs:1: a value is undefined$/],
  ['\n\n<%= a.b.c %>', { a: { b: null } }, /x\.ejs:3: Cannot read properties of null/],
  ['<%= a %>', { a: null }, /x\.ejs:1: a value is null$/],
  ['<%= a %>', { a: {} }, /a value is an object$/],
  ['\n<%- a %>', { a: 1 }, /x\.ejs:2: write <%= instead of <%-/],
  ['<%= `x${a}` %>', { a: new Secret('hunter2') }, /a secret is part of a larger value/],
  ['<% if ( %>', {}, /x\.ejs: the JavaScript in its <% … %> is wrong: Unexpected token '\}'$/],
  [
    '<% for (const x of []) { %>\n',
    {},
    /x\.ejs: the JavaScript in its <% … %> is wrong: a bracket is not closed, or closed twice$/,
  ],
  ['a\n<% } %>\n', {}, /x\.ejs: the JavaScript in its <% … %> is wrong: a bracket is not closed, or closed twice$/],
  ['a\n<% const 1 %>\n', {}, /x\.ejs: the JavaScript in its <% … %> is wrong: Unexpected number$/],
  ['a\n<%= a ', {}, /x\.ejs: Could not find matching close tag for "<%="\.$/],
  ['a\n<%- include("none.ejs") %>', {}, /x\.ejs:2: there is no template none\.ejs to include$/],
]
for (const [source, vars, wanted] of table) {
  test(`${JSON.stringify(source)} with ${JSON.stringify(vars)}`, () => {
    const path = join(folder, 'x.ejs')
    writeFileSync(path, source)
    if (typeof wanted === 'string') assert.is(render(pathToFileURL(path), vars as never), wanted)
    else assert.throws(() => render(path, vars as never), wanted)
  })
}

test('bytes that are not text are refused with their line, also in what is included', () => {
  writeFileSync(join(folder, 'latin1.ejs'), Buffer.from('one\nK\xf6ln <%= port %>\n', 'latin1'))
  writeFileSync(join(folder, 'x.ejs'), '<%- include("latin1.ejs") %>\n')
  assert.throws(
    () => render(join(folder, 'latin1.ejs'), { port: 80 }),
    /latin1\.ejs:2: a template is UTF-8 text, and this is not/,
  )
  assert.throws(
    () => render(join(folder, 'x.ejs'), { port: 80 }),
    /latin1\.ejs:2: a template is UTF-8 text, and this is not/,
  )
})

test('a mistake in what is included is named with that file', () => {
  writeFileSync(join(folder, 'inner.ejs'), '<% const 1 %>\n')
  writeFileSync(join(folder, 'x.ejs'), '<%- include("inner.ejs") %>\n')
  assert.throws(
    () => render(join(folder, 'x.ejs'), {}),
    /inner\.ejs: the JavaScript in its <% … %> is wrong: Unexpected number$/,
  )
})

test('what a recipe writes is checked', () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{}, "give its template (from), or ensure: 'absent'"],
    [{ from: 'a.ejs', varz: {} }, 'varz is not a known property; did you mean "vars"?'],
    [{ from: 42 }, 'from must be text or a URL, not 42'],
    [{ from: 'a.ejs', vars: null }, 'vars must be an object { … }, not null'],
    [{ from: 'a.ejs', content: 'x' }, 'content is not a known property'],
    [{ from: 'a.ejs', mode: 0o644 }, 'mode must be octal digits in quotes, like "0644", not 420'],
  ]
  for (const [props, sentence] of wrong)
    assert.throws(
      () => template('/x', props as never),
      (e: Error) => e.message.startsWith(`template "/x": ${sentence}`) || assert.is(e.message, sentence),
    )
})

test('a template that was given a secret is a secret file', () => {
  const path = join(folder, 'x.ejs')
  writeFileSync(path, 'key=<%= deep.key %>\n')
  const text = render(path, { deep: { key: new Secret('hunter2') } })
  assert.instance(text, Secret)
  assert.is(reveal(text as Secret), 'key=hunter2\n')
  const made = template('/etc/key', { from: path, vars: { deep: { key: new Secret('hunter2') } }, mode: '0600' })
  assert.is(made.id, 'file /etc/key')
  assert.is((made.props as { secret: boolean }).secret, true)
})

test('the working directory comes before what is built in; what is nowhere is named with where it was looked for', () => {
  mkdirSync(join(folder, 'templates/mine'), { recursive: true })
  writeFileSync(join(folder, 'templates/mine/a.ejs'), 'mine\n')
  const before = process.cwd()
  process.chdir(folder)
  try {
    assert.is(render('mine/a.ejs', {}), 'mine\n')
    assert.throws(() => render('mine/b.ejs', {}), /there is no template mine\/b\.ejs in .*templates or .*templates$/)
    assert.throws(() => render('', {}), /there is no template "" in .*templates$/)
    assert.throws(() => render('a\nb', {}), /there is no template "a\\nb" in .*templates$/)
    assert.throws(() => render('/nosuch.ejs', {}), /^the template .*nosuch\.ejs cannot be read: \w/)
    assert.throws(() => render(new URL('http://x/a.ejs'), {}), /a template is a file of this machine, and http:/)
    const circle: Record<string, unknown> = {}
    circle.self = circle
    assert.is(render('mine/a.ejs', circle), 'mine\n')
  } finally {
    process.chdir(before)
  }
})

test.run()
