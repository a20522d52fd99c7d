import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin, transform } from 'esbuild'
import { ROOT } from './suites.ts'

const REPORTING = join(ROOT, 'test/runner/child/uvu.ts')

/** Gives a module the `import.meta` that it would have at its source. */
const placed = async (path: string, source: string): Promise<string> => {
  const { code } = await transform(source, {
    loader: 'ts',
    sourcefile: path,
    sourcemap: 'inline',
    sourcesContent: false,
    define: {
      'import.meta.url': JSON.stringify(pathToFileURL(path).href),
      'import.meta.filename': JSON.stringify(path),
      'import.meta.dirname': JSON.stringify(dirname(path)),
    },
  })
  return code
}

/** Replaces src/project/built-in.ts, which looks for the roles beside it, with the present roles. */
function builtInRoles(): string {
  const names = readdirSync(join(ROOT, 'roles')).filter((name) => name.endsWith('.ts'))
  const entries = names.map((name) => `['${name.slice(0, -3)}', () => import('${join(ROOT, 'roles', name)}')]`)
  return `const roles = [${entries.join(', ')}]\nexport const builtInRoles = () => new Map(roles)\n`
}

const asInPlace: Plugin = {
  name: 'as in its place',
  setup({ onResolve, onLoad }) {
    // test files get the uvu that reports, which itself gets the real one
    onResolve({ filter: /^uvu$/ }, ({ importer }) =>
      importer === REPORTING ? { external: true } : { path: REPORTING },
    )
    onLoad({ filter: /\/src\/project\/built-in\.ts$/ }, () => ({ contents: builtInRoles(), loader: 'js' }))
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = readFileSync(path, 'utf8')
      return source.includes('import.meta') ? { contents: await placed(path, source), loader: 'js' } : undefined
    })
  },
}

/** Programs by the path of their source. */
export interface Compiled {
  /** The arguments for Node to run it. */
  argv(file: string): readonly string[]
  /** Removes the compiled programs. */
  remove(): void
}

/**
 * Compiles these programs together with all their imports, once: under tsx, each would compile, or at least look up,
 * every module again. The processes look like those that run the sources.
 * @throws if one of them cannot be compiled
 */
export async function compiled(files: readonly string[]): Promise<Compiled> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-compiled-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const names = new Map(files.map((file, i) => [file, `${i}`]))
  try {
    await build({
      entryPoints: Object.fromEntries([...names].map(([file, name]) => [name, file])),
      ...{ bundle: true, splitting: true, packages: 'external', plugins: [asInPlace], logLevel: 'silent' },
      ...{ format: 'esm', platform: 'node', target: 'node20', outdir: folder, outExtension: { '.js': '.mjs' } },
      ...{ sourcemap: 'inline', sourcesContent: false, absWorkingDir: ROOT },
    })
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  } catch (error) {
    remove()
    throw error
  }
  return {
    argv: (file) => ['--enable-source-maps', join(folder, `${names.get(file)}.mjs`)],
    remove,
  }
}
