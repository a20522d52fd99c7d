/** What the program of the timer makes of Marathon's answer. On a host: test/sandbox/one-host.test.ts. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { backupProgram } from '../../src/backup/scheduled.ts'
import { definitionOf } from '../../src/clients/marathon-answers.ts'
import { hostOf, stack } from '../recipes/support.ts'

const test = suite('the program of the timer of backups')
const FILE = fileURLToPath(new URL('../../src/backup/scheduled.sh', import.meta.url))

const APPS = [
  {
    id: '/a/b',
    env: { PASSWORD: 'quote " brace } comma , back \\ end \\' },
    cmd: 'echo {[',
    labels: {},
    tasks: [{ id: 'z', ports: [1] }],
    instances: 2,
    versionInfo: { lastConfigChangeAt: 'x' },
    constraints: [['hostname', 'MAX_PER', '4']],
    version: '2026',
  },
  { id: '/c', instances: 1, deployments: [], description: 'ü → ß' },
]

for (const space of [undefined, 2])
  test(`an app's definition is what can be deployed again${space === undefined ? '' : ', of an answer in many lines'}`, () => {
    const input = JSON.stringify({ apps: APPS }, undefined, space)
    const out = execFileSync('sh', ['-c', `. '${FILE}'; definitions`], { input, encoding: 'utf8' })
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
    assert.equal(
      lines.map(([id]) => id),
      APPS.map(({ id }) => id),
    )
    const empty = (value: unknown) => /^(\[\]|\{\})$/.test(JSON.stringify(value))
    for (const [i, [, definition = '']] of lines.entries())
      assert.equal(
        JSON.parse(definition),
        Object.fromEntries(
          Object.entries(definitionOf(APPS[i] as object as never)).filter(([, value]) => !empty(value)),
        ),
      )
  })

test('no app', () =>
  assert.is(execFileSync('sh', ['-c', `. '${FILE}'; definitions`], { input: '{"apps":[]}', encoding: 'utf8' }), ''))

test('the program is sh that holds no secret', () => {
  const cluster = stack({ masters: 1, vars: { zookeeper: { backup: { at: 'daily' } } } })
  const text = backupProgram(hostOf(cluster, 'm-1'), cluster, { home: '/b', keep: 3, settings: '/s' })
  execFileSync('sh', ['-n'], { input: text })
  assert.match(text, "name=m-1 home=/b keep=3 settings=/s members='1'")
})

test.run()
