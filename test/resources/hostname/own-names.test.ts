import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hostname } from '../../../src/index.ts'
import { join, sh } from '../../../src/shell/script.ts'
import { place } from '../../support/run-local.ts'

const test = suite("a host's own name in its hosts file")

const LOCAL = '127.0.0.1\tlocalhost\n::1 localhost ip6-localhost\n'
const cases: readonly (readonly [name: string, old: string, is: string, becomes: string])[] = [
  ['new', 'old old', `${LOCAL}127.0.1.1 old\n`, `${LOCAL}127.0.1.1\tnew\n`],
  ['new', 'old', '127.0.1.1 old.example.com old # own\n', '127.0.1.1\tnew.example.com new # own\n'],
  ['new.corp', 'old', '127.0.1.1 old.example.com old alias\n', '127.0.1.1\tnew.corp new alias\n'],
  ['new', 'old', '127.0.0.1 localhost old\r\n::1 old localhost\n', '127.0.0.1\tlocalhost new\n::1\tnew localhost\n'],
  // it has been renamed before, by hand
  ['new', 'new new', `${LOCAL}127.0.1.1 stale alias\n`, `${LOCAL}127.0.1.1\tnew alias\n`],
  ['new.corp', 'new new.corp', '127.0.1.1 new\n', '127.0.1.1\tnew.corp new\n'],
  ['new', 'new.corp', '127.0.1.1 new.corp new\n', '127.0.1.1 new.corp new\n'],
  ['New', 'new', '127.0.1.1 new\n', '127.0.1.1 new\n'],
  // another line has the name
  ['new', 'old', '127.0.1.1 old\n10.0.0.5 new\n', '10.0.0.5 new\n'],
  ['new', 'old', '127.0.1.1 new old\n', '127.0.1.1\tnew\n'],
  ['new', 'new', '127.0.1.1 other\n10.0.0.5 new\n', '127.0.1.1 other\n10.0.0.5 new\n'],
  // others' addresses, and lines of resources
  ['new', 'old', '10.0.0.5 old\n# 127.0.1.1 old\n', '10.0.0.5 old\n# 127.0.1.1 old\n'],
  [
    'new',
    'old',
    '# provision: begin\n127.0.1.1\told\n# provision: end\n',
    '# provision: begin\n127.0.1.1\told\n# provision: end\n',
  ],
  ['new', 'localhost localhost', LOCAL, LOCAL],
  ['new', 'localhost.localdomain', `${LOCAL}127.0.1.1\n`, `${LOCAL}127.0.1.1\n`],
  ['new', '', '', ''],
]
for (const [name, old, is, becomes] of cases)
  test(`${name}, once ${old}: ${JSON.stringify(is)}`, () => {
    const at = place()
    try {
      const edit = (text: string, before: string): string => {
        writeFileSync(`${at.path}/hosts`, text)
        return at.run(join([hostname.type.functions as never, sh`own_names ${[name, before, `${at.path}/hosts`]}`]))
      }
      assert.is(edit(is, old), becomes)
      assert.is(edit(becomes, `${name} ${name}`), becomes, 'once is enough')
      assert.is(edit(becomes, old), becomes, '… while it is still called so')
    } finally {
      at.remove()
    }
  })

test.run()
