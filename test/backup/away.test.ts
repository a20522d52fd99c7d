/** A backup of a cluster whose masters cannot be reached. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UnreachableError } from '../../src/backup/manifest.ts'
import { save } from '../../src/backup/save.ts'
import { TransportError } from '../../src/transport/transport.ts'
import { stack } from '../recipes/support.ts'

const test = suite('a backup of masters that cannot be reached')

test('it names one and why, and leaves no folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-away-'))
  const backup = join(folder, 'backup')
  const connect = async () => {
    throw new TransportError('refused', 'it refused the connection: is sshd running there?')
  }
  try {
    await save(stack({ masters: 3 }), backup, { connect }, () => assert.unreachable())
    assert.unreachable('it was saved')
  } catch (error) {
    assert.instance(error, UnreachableError)
    assert.is(
      (error as UnreachableError).message,
      'm-1 could not be reached: it refused the connection: is sshd running there?',
    )
    assert.not.ok(existsSync(backup) || existsSync(`${backup}.partial`))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
