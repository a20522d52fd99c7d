import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'

const root = dirname(dirname(import.meta.dirname))

/** Writes files into a folder. */
export const write = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** How a command ended. */
export interface Ran {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command without what the tests themselves run under. */
export const run = (cwd: string, command: string, args: readonly string[], env: Record<string, string> = {}): Ran => {
  const { NODE_OPTIONS: _, ...rest } = process.env
  const child = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...rest, ...env } })
  if (child.error) throw child.error
  return { status: child.status, out: child.stdout, err: child.stderr }
}
/** The output of a command that must succeed. */
export const good = (ran: Ran): string => {
  assert.is(ran.status, 0, ran.out + ran.err)
  return ran.out
}

/** Why npm reaches neither a registry nor a cache, where what it says on standard error means that. */
export function npmCannot(err: string): string | undefined {
  const code = /code (E\w+)/.exec(err)?.[1] ?? ''
  const away = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ETIMEDOUT', 'ENOTCACHED', 'ENETUNREACH']
  return away.includes(code) ? code : undefined
}

/**
 * Packs the product and installs the tarball with scripts disabled.
 * @param base where the tarball is put
 * @param user the folder that it is installed into
 * @returns why not, where npm has neither a registry nor a cache to take our dependencies from
 */
export function install(base: string, user: string): string | undefined {
  execFileSync(process.execPath, [join(root, 'scripts', 'build.js')], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [packed] = JSON.parse(
    good(run(root, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', base])),
  )
  write(user, { 'package.json': '{ "name": "user", "private": true }' })
  const args = [
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    join(base, packed.filename),
  ]
  const { status, err } = run(user, 'npm', args)
  if (status === 0) return undefined
  const code = npmCannot(err)
  if (code !== undefined) return code
  throw new Error(`npm install of the tarball failed:\n${err}`)
}
