import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { onTerminal } from './on-terminal.ts'

/** Where `provision init` is asked: in a new folder, by its program. */
export interface Asked {
  readonly folder: () => string
  readonly program: string
  readonly json: (...path: readonly string[]) => { readonly hosts: object }
}

/** The tests of what `provision init` asks on a terminal. */
export function questions(real: Test, { folder, program, json }: Asked): void {
  if (spawnSync('script', ['--version']).error)
    console.log('not run here: questions on a terminal: there is no script(1)')
  else {
    real('asks on a terminal, until the answer is understood', async () => {
      const cwd = folder()
      const { code, shown } = await onTerminal(cwd, program, 'init a', [
        '',
        '10.0.0.300',
        'web=admin@10.0.0.4, 10.0.0.5',
      ])
      assert.is(code, 0, shown)
      assert.match(shown, 'init needs at least one host')
      assert.match(shown, '"10.0.0.300" is not a host')
      assert.equal(Object.keys(json(cwd, 'a', 'inventory.json').hosts), ['web', 'web-2'])
    })
    real('asks for masters and slaves on a terminal', async () => {
      const cwd = folder()
      const answers = ['10.0.0.1 10.0.0.2', '10.0.0.1 10.0.0.2 10.0.0.3', '10.0.0.3', '10.0.0.4']
      const { code, shown } = await onTerminal(cwd, program, 'init --cluster a', answers)
      assert.is(code, 0, shown)
      assert.match(shown, 'it takes 3 hosts')
      assert.match(shown, '"10.0.0.3" and "10.0.0.3" are the same host')
      assert.equal(Object.keys(json(cwd, 'a', 'inventory.json').hosts), ['master-1', 'master-2', 'master-3', 'slave-1'])
    })
    real('a question that is not answered', async () => {
      const cwd = folder()
      const { code, shown } = await onTerminal(cwd, program, 'init a', [undefined])
      assert.is(code, 3, shown)
      assert.match(shown, 'provision: nothing was created: a question was not answered')
      assert.equal(readdirSync(cwd), [])
    })
  }
}
