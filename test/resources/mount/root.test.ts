// The root of a tmpfs: a remount leaves its mode and owner as they were.
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rootAsOptions } from '../../../src/resources/systemd/mounted.ts'
import { place } from '../../support/run-local.ts'

const test = suite('the root of a tmpfs')

test('gets the last mode, and the owner, that its options say; those of other file systems say nothing', () => {
  const at = place()
  try {
    const path = `${at.path}/it's one`
    mkdirSync(path)
    chmodSync(path, 0o700)
    const { uid, gid } = statSync(path)
    const mode = (type: string, options: string): number => {
      at.run(rootAsOptions({ path, what: type, type, options: `${options},uid=${uid},gid=${gid}` }))
      return statSync(path).mode & 0o7777
    }
    assert.is(mode('ext4', 'mode=0755'), 0o700)
    assert.is(mode('tmpfs', 'size=1m'), 0o700)
    assert.is(mode('tmpfs', 'mode=1777,size=1m,mode=0755'), 0o755)
    assert.is(mode('tmpfs', 'mode=1777'), 0o1777)
    assert.match(
      rootAsOptions({ path: '/x', what: 'tmpfs', type: 'tmpfs', options: 'uid=0,gid=5' }).text,
      /chown '0' \/x\n.*chgrp '5' \/x$/s,
    )
  } finally {
    at.remove()
  }
})

test.run()
