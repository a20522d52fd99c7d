#!/usr/bin/env node
// Builds dist/ from src/, recipes/ and roles/ in a new folder, and swaps it in at the end, so that nobody ever runs
// half a build.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)

const say = (text) => process.stderr.write(`build: ${text}\n`)

/** A digest of the names, sizes and times of everything the build reads. */
function inputs() {
  const files = ['src', 'recipes', 'roles', 'scripts'].flatMap((d) =>
    readdirSync(d, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name)),
  )
  const hash = createHash('sha256').update(process.version)
  for (const file of [...files, 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].sort()) {
    const { size, mtimeMs } = statSync(file)
    hash.update(`${file}\0${size}\0${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/**
 * Copies the sh files that the library reads from beside its modules (shFile of src/shell/script.ts); tsc does not copy
 * them.
 */
function copySh(into) {
  for (const folder of ['src', 'recipes'])
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.sh')) copyFileSync(join(folder, name), join(into, folder, name))
}

function run(args) {
  const { status, error } = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] })
  if (error) throw error
  if (status !== 0) {
    say('failed; dist/ is as it was')
    process.exit(1)
  }
}

const resolves = (name) => {
  try {
    return createRequire(import.meta.url).resolve(`${name}/package.json`)
  } catch {
    return undefined
  }
}

if (!existsSync('src')) {
  // An unpacked tarball already contains dist/.
} else if (!resolves('typescript') || !resolves('esbuild')) {
  say(
    `the compiler is not installed (npm ci without --omit=dev installs it), so dist/ is ${existsSync('dist') ? 'as it was' : 'missing'}`,
  )
} else {
  const stamp = inputs()
  const built = existsSync('dist/.stamp') ? readFileSync('dist/.stamp', 'utf8') : ''
  if (built !== stamp || process.argv.includes('--force')) {
    const fresh = `dist.new-${process.pid}`
    const old = `dist.old-${process.pid}`
    process.on('exit', () => {
      for (const dir of [fresh, old]) rmSync(dir, { recursive: true, force: true })
    })
    run([join(dirname(resolves('typescript')), 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', fresh])
    copySh(fresh)
    run(['--import', 'tsx', 'scripts/registrar.ts', join(fresh, 'registrar.mjs')])
    run(['--import', 'tsx', 'scripts/schema.ts', join(fresh, 'schema')])
    await (await import('./bundle.js')).bundle(fresh)
    writeFileSync(join(fresh, '.stamp'), stamp)
    for (let tries = 1; ; tries++) {
      try {
        if (existsSync('dist')) renameSync('dist', old)
        renameSync(fresh, 'dist')
        break
      } catch (error) {
        if (tries === 5) throw error
        rmSync(old, { recursive: true, force: true }) // another build put its own there in the meantime
      }
    }
  }
}
