import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Resource, repair } from '../../src/model/resource.ts'
import { directory } from '../../src/resources/files/directory.ts'
import { file } from '../../src/resources/files/file.ts'
import { hostsFile } from '../../src/resources/files/hosts-file.ts'
import { link } from '../../src/resources/files/link.ts'
import { type Place, place } from '../support/run-local.ts'

const test = suite<{ at: Place }>('what a failed step leaves')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const NOBODY = { owner: 'no-such-user-here', group: 'no-such-group-here' }
const fails = (at: Place, resource: Resource): void =>
  assert.throws(() => at.run(repair(resource.type, [{ name: resource.name, props: resource.props as never }])))

/** All in a folder: names, and what files hold. */
const within = (path: string): readonly string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .map((entry) =>
      entry.isFile() ? `${entry.name}: ${readFileSync(`${entry.parentPath}/${entry.name}`)}` : entry.name,
    )
    .sort()

const table: readonly (readonly [string, (path: string) => Resource])[] = [
  ['a new file, of an owner that does not exist', (path) => file(`${path}/new`, { content: 'x', ...NOBODY })],
  ['a file that is there', (path) => file(`${path}/old`, { content: 'x', ...NOBODY })],
  ['a binary one', (path) => file(`${path}/old`, { content: Buffer.from([0, 1]), ...NOBODY })],
  ['a file that its program refuses', (path) => file(`${path}/old`, { content: 'x', validate: ['false'] })],
  ['a file where a directory is', (path) => file(`${path}/full`, { content: 'x' })],
  ['a new directory', (path) => directory(`${path}/new`, NOBODY)],
  ['a directory in the place of a link', (path) => directory(`${path}/link`, NOBODY)],
  ['a link where a directory is', (path) => link(`${path}/full`, { to: 'x' })],
  [
    'a hosts file that is not there',
    (path) => hostsFile(`${path}/none/hosts`, { entries: [{ address: '10.0.0.1', names: ['a'] }] }),
  ],
  [
    'a hosts file where a directory is',
    (path) => hostsFile(`${path}/full`, { entries: [{ address: '10.0.0.1', names: ['a'] }] }),
  ],
]
for (const [what, resource] of table)
  test(`nothing: ${what}`, ({ at }) => {
    mkdirSync(`${at.path}/full/more`, { recursive: true })
    writeFileSync(`${at.path}/old`, 'as before')
    symlinkSync('old', `${at.path}/link`)
    const before = within(at.path)
    fails(at, resource(at.path))
    assert.equal(within(at.path), before)
    assert.equal(readdirSync(`${at.path}/../run`), [])
  })

test.run()
