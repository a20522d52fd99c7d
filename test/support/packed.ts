import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { locked } from '../../src/sandbox/lock.ts'
import { CACHE } from './machine.ts'

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

/** Runs a command without the tests' own environment. */
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

/** Why npm reaches neither a registry nor a cache, if its standard error says so. */
export function npmCannot(err: string): string | undefined {
  const code = /code (E\w+)/.exec(err)?.[1] ?? ''
  const away = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ETIMEDOUT', 'ENOTCACHED', 'ENETUNREACH']
  return away.includes(code) ? code : undefined
}

/** Packs provision into a folder: the tarball's name, and npm's digest of it. */
function pack(folder: string): { readonly filename: string; readonly shasum: string } {
  execFileSync(process.execPath, [join(root, 'scripts', 'build.js')], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [{ filename, shasum }] = JSON.parse(
    good(run(root, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])),
  )
  return { filename, shasum }
}

function installFrom(tarball: string, user: string): string | undefined {
  write(user, { 'package.json': '{ "name": "user", "private": true }' })
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, err } = run(user, 'npm', ['install', ...flags, tarball])
  if (status === 0) return undefined
  const code = npmCannot(err)
  if (code !== undefined) return code
  throw new Error(`npm install of the tarball failed:\n${err}`)
}

/**
 * Packs provision and installs the tarball with scripts disabled.
 * @param base the tarball's folder
 * @param user the folder to install it into
 * @returns why not, if npm has neither a registry nor a cache for our dependencies
 */
export const install = (base: string, user: string): string | undefined =>
  installFrom(join(base, pack(base).filename), user)

const KEPT = join(CACHE, 'installed')

/**
 * Packs provision and copies an installation of that tarball, which is made once and kept: for suites that are not
 * about the installation.
 * @returns as {@link install}
 */
export function installed(base: string, user: string): Promise<string | undefined> {
  const { filename, shasum } = pack(base)
  const whole = join(KEPT, shasum)
  return locked(join(KEPT, 'lock'), async () => {
    if (!existsSync(whole)) {
      for (const name of readdirSync(KEPT)) if (name !== 'lock') rmSync(join(KEPT, name), { recursive: true })
      const fresh = `${whole}.new`
      // inside, since npm notes down where it is relative to the installation, and a copy must find it, too
      mkdirSync(fresh, { recursive: true })
      cpSync(join(base, filename), join(fresh, filename))
      const missing = installFrom(`./${filename}`, fresh)
      if (missing !== undefined) return missing
      renameSync(fresh, whole)
    }
    cpSync(whole, user, { recursive: true, verbatimSymlinks: true })
    return undefined
  })
}

const NOBODY = { address: '127.0.0.1', roles: ['base'], ssh: { port: 1, retries: 0 } }

/**
 * Lets the program keep its own compiled code in a cache folder, as it does after each run that reaches for a host:
 * later runs with this folder start in two thirds of the time.
 */
export function keepCode(program: string, cache: string, env: Record<string, string> = {}): void {
  const folder = mkdtempSync(join(tmpdir(), 'keeps-code-'))
  try {
    write(folder, { 'inventory.json': JSON.stringify({ hosts: { nobody: NOBODY } }) })
    const { status, out, err } = run(folder, program, ['plan'], { XDG_CACHE_HOME: cache, ...env })
    assert.is(status, 4, out + err)
    assert.ok(existsSync(join(cache, 'provision', 'code')))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
