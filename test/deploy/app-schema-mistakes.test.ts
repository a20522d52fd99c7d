import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { appJsonSchema } from '../../scripts/schema.ts'
import { definitionOf } from '../../src/clients/marathon-answers.ts'
import { parseAppFile, revealed } from '../../src/deploy/app/app-file.ts'
import { AppFileError } from '../../src/deploy/app/errors.ts'
import { Secret } from '../../src/shell/secret.ts'

const test = suite('app schema: mistakes')

const schema = appJsonSchema()
const accepts = new Ajv({ allErrors: true, strict: false }).compile(schema as object)

// What a real Marathon stored is a good definition, and the same is true of what ran on it.
const answers = new URL('../clients/answers/', import.meta.url)
for (const name of readdirSync(answers).filter((file) => /^marathon-\d+_GET_(?!versions)/.test(file))) {
  test(`${name} could be sent again`, () => {
    const body = readFileSync(new URL(name, answers), 'utf8').split(/^# took .*$/m)[1] as string
    const { app = JSON.parse(body) } = JSON.parse(body)
    const definition = definitionOf(app)
    assert.equal(parseAppFile(JSON.stringify(definition), { path: 'app.json' }).definition, definition)
    assert.ok(accepts(definition), JSON.stringify(accepts.errors))
  })
}

interface Case {
  readonly what: string
  readonly app: unknown
  readonly mistakes: Readonly<Record<string, string>>
  /** Why the JSON Schema takes what the program refuses. */
  readonly editorSeesNone?: string
}
const cases = JSON.parse(readFileSync(new URL('mistakes.json', import.meta.url), 'utf8')) as readonly Case[]
for (const { what, app, mistakes, editorSeesNone } of cases) {
  test(what, () => {
    let found: (readonly [string, string])[] = []
    try {
      parseAppFile(JSON.stringify(app), { path: '/somewhere/app.json', secrets: () => 'a secret value' })
    } catch (error) {
      if (!(error instanceof AppFileError)) throw error
      found = error.mistakes.map((m) => [m.path, m.message] as const)
    }
    assert.equal(found, Object.entries(mistakes))
    assert.is(
      accepts(app),
      Object.keys(mistakes).length === 0 || editorSeesNone !== undefined,
      JSON.stringify(accepts.errors),
    )
  })
}

test('no JSON: where', () => {
  assert.throws(
    () => parseAppFile('{\n "id": oops }', { path: '/x/app.json' }),
    /^app\.json is not JSON: line 2, column 8: /,
  )
  assert.throws(() => parseAppFile('{ "id": "/a", "id": "/b" }', { path: '/x/app.json' }), /id {3}is written twice/)
})

for (const [what, text, says] of [
  ['YAML', '---\nid: /web\ncmd: sleep 1\n', 'is YAML, not JSON: convert it, with yq -o json for example'],
  ['YAML without its head', 'id: /web\ncmd: sleep 1\n', 'is YAML'],
  ['Docker Compose', 'services:\n  web:\n    image: web:1\n', 'is YAML'],
  ['a list in YAML', '- id: /web\n', 'is YAML'],
  ['HOCON', 'id = "/web"\n', 'is not JSON but another format (HCL, HOCON)'],
  ['a page', '\n<!DOCTYPE html><html></html>', 'is HTML or XML'],
  ['a command', 'curl -X PUT -d @web.json http://marathon:8080/v2/apps//web\n', 'is a command for a shell'],
  ['an archive', '\x1f\x8b\b\0', 'is compressed'],
  ['a template of Jinja', '{"id": "/web", "instances": {{ n }}}', 'is a template, not JSON: fill it in first'],
  ['a template of Jinja with a loop', '{"id": "/web", "env": {{% for e in env %}}}', 'is a template'],
  ['a template of a shell', '{\n"id": "/web",\n "instances": ${N}\n}', 'is a template'],
  ['a template of ERB', '{"id": "/web", "mem": <%= mem %>}', 'is a template'],
  ['a template in a text, and a comma', '{"id": "/web", "cmd": "echo {{a}}",}', 'is not JSON: line 1, column 35'],
  ['a comment', '# my app\n{"id": "/web"}', 'is not JSON: line 1, column 1'],
  ['nothing', '', 'is not JSON: line 1, column 1: the file ends where a value should be'],
] as const)
  test(`no JSON: ${what}`, () => {
    let said = ''
    try {
      parseAppFile(text, { path: '/x/app.json' })
    } catch (error) {
      said = (error as Error).message
    }
    assert.ok(said.startsWith(`app.json ${says}`), said)
  })

test('what is sent: no $schema, the id with its slash, secrets only when they are revealed', () => {
  const text = JSON.stringify({
    $schema: './app.json',
    id: 'web/app/',
    cmd: 'exec web',
    env: { KEY: { from: 'env:KEY' }, A: 'b', S: { secret: 'name' } },
    secrets: { name: { source: '/s' } },
  })
  const { id, definition, secrets } = parseAppFile(text, {
    path: 'app.json',
    secrets: (reference) => `value of ${reference}`,
  })
  assert.equal([id, secrets.length], ['/web/app', 1])
  assert.instance((definition.env as { KEY: unknown }).KEY, Secret)
  assert.is(JSON.stringify(definition).includes('value of'), false)
  assert.equal(revealed(definition), {
    id: '/web/app',
    cmd: 'exec web',
    env: { KEY: 'value of env:KEY', A: 'b', S: { secret: 'name' } },
    secrets: { name: { source: '/s' } },
  })
})

test.run()
