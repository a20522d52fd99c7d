import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from '../../test/support/machine.ts'

const ANSIBLE = 'ansible-core==2.19.14'
const MITOGEN = 'mitogen==0.3.54'
const PYINFRA = 'pyinfra==3.10.0'

/** Where the other tools are installed: virtual environments, kept outside the project. */
export interface Venvs {
  readonly ansible: string
  readonly mitogen: { readonly venv: string; readonly plugins: string }
  readonly pyinfra: string
}

/** Installs packages into a virtual environment of their own, whole or not at all. @throws Error */
function venv(...packages: readonly string[]): string {
  const folder = join(CACHE, packages.join('+'))
  const done = join(folder, 'done')
  if (existsSync(done)) return folder
  process.stderr.write(`Installs, with pip: ${packages.join(' ')} in ${folder}\n`)
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', '--clear', folder],
    [join(folder, 'bin/pip'), 'install', '-q', '--only-binary', ':all:', ...packages],
    ['touch', done],
  ] as const) {
    const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed; on Debian, venv is in python3-venv`)
  }
  return folder
}

/** Installs what is not there. @throws Error */
export function venvs(): Venvs {
  const mitogen = venv(ANSIBLE, MITOGEN)
  const python = readdirSync(join(mitogen, 'lib')).find((name) => name.startsWith('python')) ?? ''
  return {
    ansible: venv(ANSIBLE),
    mitogen: { venv: mitogen, plugins: join(mitogen, 'lib', python, 'site-packages/ansible_mitogen/plugins/strategy') },
    pyinfra: venv(PYINFRA),
  }
}
