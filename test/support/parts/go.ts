import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zip } from '../zip.ts'
import type { Builder } from './builder.ts'

const ARCH = process.arch === 'x64' ? 'amd64' : process.arch

/** Skips debug data, which `-s -w` would remove again: a fifth of the work. */
const UNDEBUGGED = ['-gcflags=all=-dwarf=false']

/** Static, stripped, and reproducible on every machine with the same Go. */
const BUILD = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', ...UNDEBUGGED]
const ENVIRONMENT = { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: ARCH, GOTOOLCHAIN: 'local', GOFLAGS: '', GOWORK: 'off' }

const goVersion = (): string =>
  execFileSync('go', ['version'], { encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: 'local' } }).trim()

function why(name: string): string | undefined {
  try {
    const version = goVersion()
    const [, major = 0, minor = 0] = /go(\d+)\.(\d+)/.exec(version)?.map(Number) ?? []
    return major > 1 || minor >= 24
      ? undefined
      : `${name} is built from its Go module with Go 1.24 or newer, and this is ${version}`
  } catch {
    return `${name} is built from its Go module, and this machine has no go in its PATH: install Go 1.24 or newer (https://go.dev/dl)`
  }
}

/**
 * A program from its Go module, zipped as HashiCorp publishes it. `test/parts/NAME` has the go.mod and go.sum with
 * every module and its checksum; modules come from Go's module cache, otherwise through its proxy. Go's build cache (2
 * GB for Consul) is discarded, and the zip is kept.
 */
export function goModule(name: string, module: string, seconds: number): Builder {
  const folder = fileURLToPath(new URL(`../../parts/${name}/`, import.meta.url))
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
  const version = new RegExp(`\\b${module} v(\\S+)`).exec(read('go.mod'))?.[1] ?? 'unknown'
  return {
    version,
    seconds,
    missing: () => why(name),
    inputs: () => [goVersion(), read('go.mod'), read('go.sum'), module, ...BUILD, JSON.stringify(ENVIRONMENT), 'zip 1'],
    async build(into) {
      const scratch = mkdtempSync(join(tmpdir(), `provision-go-${name}-`))
      try {
        const binary = join(scratch, name)
        const cache = join(scratch, 'cache')
        await go([...BUILD, '-o', binary, module], folder, {
          ...process.env,
          ...ENVIRONMENT,
          GOCACHE: cache,
          GOTMPDIR: scratch,
        })
        const file = `${name}_${version}_linux_${ARCH}.zip`
        writeFileSync(join(into, file), zip(name, readFileSync(binary)))
        return file
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
    },
  }
}

function go(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said = `${said}${chunk}`.slice(-2000)
    })
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`go ${args[0]} in ${cwd} ended with ${code}:\n${said.trimEnd()}`)),
    )
  })
}
