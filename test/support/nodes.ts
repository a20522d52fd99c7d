import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from './machine.ts'
import { npmCannot, run } from './packed.ts'

/** The supported versions of Node: the oldest that package.json allows, and the maintained ones. */
const VERSIONS = ['20.19.0', '22', '24'] as const

/** A version of Node: its program's folder, or why it is unavailable. */
export type Node =
  | { readonly version: string; readonly folder: string }
  | { readonly version: string; readonly missing: string }

/**
 * Each version of Node, from npm; downloaded once.
 * @throws if npm fails for another reason than an unreachable registry
 */
export const nodes = (): readonly Node[] =>
  VERSIONS.map((version): Node => {
    const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
    const home = join(CACHE, `node-${version}`)
    const folder = join(home, 'node_modules', name, 'bin')
    if (existsSync(join(folder, 'node'))) return { version, folder }
    mkdirSync(home, { recursive: true })
    const flags = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
    const { status, err } = run(home, 'npm', ['install', ...flags, '--prefix', home, `${name}@${version}`])
    if (status === 0) return { version, folder }
    const missing = npmCannot(err)
    if (missing === undefined) throw new Error(`npm install of ${name}@${version} failed:\n${err}`)
    return { version, missing }
  })
