/** What an earlier backup of the same name left behind: whose process was killed, or still works. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { save } from '../../src/backup/save.ts'
import { markedProcess, ownMark } from '../../src/lib/kept/owner.ts'
import { TransportError } from '../../src/transport/transport.ts'
import { stack } from '../recipes/support.ts'
import { until } from '../support/until.ts'

const test = suite('the folder of a backup that did not end')

const [pid = '', since = ''] = ownMark().split(' ')

/** Why a backup ends, whose masters are away, where there is a folder with such a process in it. */
async function over(mark: string, file = 'pid'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-partial-'))
  const partial = join(folder, 'b.partial')
  mkdirSync(partial)
  if (file !== '') writeFileSync(join(partial, file), mark)
  const connect = async () => {
    throw new TransportError('refused', 'nobody listens')
  }
  try {
    await save(stack({ masters: 1 }), join(folder, 'b'), { connect }, () => assert.unreachable())
    return 'it was saved'
  } catch (error) {
    assert.is(existsSync(partial), (error as Error).message.includes('partial'))
    return (error as Error).message.replace(folder, '')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const AWAY = 'm-1 could not be reached: nobody listens'

for (const [what, mark, why] of [
  [
    'of a process that works',
    `${pid} ${since}`,
    `Process ${pid} is making a backup in /b.partial: wait until it has ended.`,
  ],
  ['of another process that had the same number', `${pid} 1`, AWAY],
  ['of no process', '', AWAY],
  ['of an earlier version', pid, AWAY],
] as const)
  test(`a folder ${what}`, async () => {
    assert.is(await over(mark), why)
  })

for (const [what, file, why] of [
  ['that is empty yet', '', AWAY],
  ['that was read back, and has no name yet', 'manifest.json', AWAY],
  ['of somebody else', 'notes', '/b.partial exists, but was not made by a backup: move it away.'],
] as const)
  test(`a folder ${what}`, async () => {
    assert.is(await over('', file), why)
  })

test('a folder of a process that was killed, and that its parent has not collected', async () => {
  // The shell becomes a program that waits for nobody. Its child ends only then: a shell may collect one that has ended.
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    let said = ''
    parent.stdout.on('data', (data) => {
      said += data
    })
    const stat = () =>
      readFileSync(`/proc/${said.trim()}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
    await until('the shell waits for nobody', () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n')
    await until('it has told its child', () => said.endsWith('\n'))
    process.kill(Number(said.trim()), 'SIGKILL')
    await until('the child is a zombie', () => stat()[0] === 'Z')
    const mark = `${said.trim()} ${stat()[19]}`
    assert.is(markedProcess(mark), undefined)
    assert.is(await over(mark), AWAY)
  } finally {
    parent.kill('SIGKILL')
  }
})

test.run()
