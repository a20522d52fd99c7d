import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tree } from '../../src/resources/files/tree.ts'

const test = suite('tree')

test('every directory, file and link of it is a resource, the upper ones first', () => {
  const here = mkdtempSync(join(tmpdir(), 'tree-'))
  try {
    mkdirSync(join(here, 'b/empty'), { recursive: true })
    writeFileSync(join(here, 'b/run.sh'), '#!/bin/sh\n')
    chmodSync(join(here, 'b/run.sh'), 0o755)
    writeFileSync(join(here, 'a'), 'text\n', { mode: 0o600 })
    symlinkSync('a', join(here, 'c'))
    const made = tree('/srv/www', { from: here, only: true, mode: '0640', group: 'adm' })
    assert.equal(
      made.map(({ id }) => id),
      [
        'directory /srv/www',
        'file /srv/www/a',
        'directory /srv/www/b',
        'directory /srv/www/b/empty',
        'file /srv/www/b/run.sh',
        'link /srv/www/c',
      ],
    )
    const props = made.map((each) => each.props as Readonly<Record<string, unknown>>)
    assert.equal(
      props.map((each) => each.mode ?? each.to),
      ['0755', '0640', '0755', '0755', '0755', 'a'],
    )
    assert.equal(props[0]?.only, ['a', 'b', 'c'])
    assert.equal(props[3]?.only, [])
    assert.ok(props.slice(0, 5).every(({ group }) => group === 'adm'))
    assert.throws(
      () => tree('/srv/x', { from: join(here, 'a') }),
      /^tree "\/srv\/x": there is no directory \S+a on this machine$/,
    )
    writeFileSync(Buffer.concat([Buffer.from(`${here}/caf`), Buffer.from([0xe9])]), 'x')
    assert.throws(() => tree('/srv/x', { from: here }), /^tree "\/srv\/x": the name "caf\uFFFD" in \S+ is not UTF-8$/)
    assert.throws(() => tree('/srv/x', { from: here, recurse: true } as never), /recurse/)
  } finally {
    rmSync(here, { recursive: true })
  }
})

test.run()
