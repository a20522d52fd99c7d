import { createRequire, isBuiltin } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { BuildResult, OnLoadResult, OnResolveResult, Plugin, TransformResult } from 'esbuild'
import { present } from '../../lib/compact.ts'
import { DOORS } from '../home.ts'
import { importOutside } from '../outside.ts'
import { isValibot, type Seen } from './seen.ts'

/** Users' files compiled into one, for {@link evaluate}. */
export interface Compiled {
  readonly code: string
  /** A source map, as JSON. */
  readonly map: string
}

/** Why files cannot be compiled into one: they would behave differently. */
export class Refusal extends Error {}

const around = createRequire(import.meta.url)

/** The compilers: the transpiler of users' files, and its dependencies. */
export function compilers(): { readonly esbuild: string; readonly packages: readonly string[] } {
  const tsx = around.resolve('tsx/package.json')
  const { resolve } = createRequire(tsx)
  return { esbuild: resolve('esbuild'), packages: [tsx, resolve('esbuild/package.json')] }
}

type Resolved = Extract<Seen, { kind: 'resolved' }>
type Loaded = Extract<Seen, { kind: 'loaded' }>

/** What the loader saw, for lookups. */
interface Graph {
  /** The URL of `valibot` if it is compiled too, because nothing else can share it. */
  readonly valibot: string | undefined
  readonly resolved: ReadonlyMap<string, Resolved>
  readonly loaded: ReadonlyMap<string, Loaded>
}

const edge = (parent: string, specifier: string): string => `${parent} ${specifier}`

/** Names of ours in the compiled text that no user's code has. */
const OUTSIDE = 'provision$outside'
const FILES = 'provision$files'
const META = 'provision$meta'

const OUR_DOORS = pathToFileURL(`${DOORS}/`).href

/** The module of this package that a re-exporting module leads to. */
const behind = (url: string): string | undefined =>
  url.startsWith(OUR_DOORS) ? url.slice(OUR_DOORS.length).replace(/\.js$/, '') : undefined

/** @throws Refusal if an import did not always resolve to the same */
function graph(seen: readonly Seen[]): Graph {
  const resolved = new Map<string, Resolved>()
  const loaded = new Map<string, Loaded>()
  for (const each of seen) {
    if (each.kind === 'loaded') {
      if (loaded.has(each.url)) throw new Refusal(`${each.url} was loaded twice`)
      loaded.set(each.url, each)
      continue
    }
    const key = edge(each.parent, each.specifier)
    if ((resolved.get(key)?.url ?? each.url) !== each.url) throw new Refusal(`${key} was not always the same`)
    resolved.set(key, each)
  }
  // valibot takes longer to load than all users' files, which need little of it.
  const packages = new Set([...resolved.values()].map(({ url }) => url).filter((url) => url.includes('/node_modules/')))
  const valibot = [...packages].find(isValibot)
  const alone = [...packages].every((url) => url === valibot || behind(url) !== undefined)
  return { resolved, loaded, valibot: alone ? valibot : undefined }
}

/** How compiled files get modules from outside. */
export type Outside = readonly [kind: 'builtin' | 'ours' | 'package', name: string]

function outside({ url }: Resolved): Outside {
  if (isBuiltin(url)) return ['builtin', url]
  const ours = behind(url)
  if (ours !== undefined) return ['ours', ours]
  if (!url.startsWith('file:') || !/\/node_modules\/[^?#]*\.[cm]?js$/.test(url))
    throw new Refusal(`${url} is no file that is compiled, and none that is required`)
  return ['package', fileURLToPath(url)]
}

/**
 * A module that stands for one from outside. The exports of a package of ES modules may change at run time, so they are
 * read on every access; all other exports keep the values that they had when they were loaded.
 */
async function outsideModule(found: Resolved): Promise<string> {
  const from = outside(found)
  const get = `${OUTSIDE}(${from.map((each) => JSON.stringify(each)).join(', ')})`
  const all = (await importOutside(found.url)) as Record<string, unknown>
  if (from[0] === 'package') {
    const required = around.cache[from[1]]
    if (required === undefined) return `module.exports = ${OUTSIDE}.live(${get})`
    if (required.exports !== all.default) throw new Refusal(`${found.url} is not imported as Node does it`)
  }
  const names = Object.keys(all).filter((name) => name !== 'module.exports')
  const bindings = names.filter((name) => name !== 'default').map((name, i) => [JSON.stringify(name), `_${i}`])
  return [
    `const all = ${get}`,
    `const { ${bindings.map(([name, local]) => `${name}: ${local}`).join(', ')} } = all`,
    `export { ${bindings.map(([name, local]) => `${local} as ${name}`).join(', ')} }`,
    ...(names.includes('default') ? ['export default all'] : []),
  ].join('\n')
}

type Esbuild = typeof import('esbuild')

/** A file as it was run, with its `import.meta`. */
async function own(file: Loaded, { transform }: Esbuild): Promise<OnLoadResult> {
  if (file.format !== 'module' || /[?#]/.test(file.url)) throw new Refusal(`${file.url} is no plain module`)
  const path = fileURLToPath(file.url)
  if (!file.source.includes('import.meta')) return { contents: file.source, loader: 'js', resolveDir: '/' }
  const { code }: TransformResult = await transform(file.source, {
    loader: 'js',
    sourcefile: path,
    sourcemap: 'inline',
    target: 'esnext',
    define: {
      'import.meta.url': JSON.stringify(file.url),
      'import.meta.filename': JSON.stringify(path),
      'import.meta.dirname': JSON.stringify(path.replace(/\/[^/]*$/, '')),
      'import.meta': META,
    },
  })
  return { contents: code, loader: 'js', resolveDir: '/' }
}

/** A plugin that gives the bundler exactly what the loader saw. */
function asSeen({ resolved, loaded, valibot }: Graph, esbuild: Esbuild): Plugin {
  const known = new Map<string, Resolved>()
  const resolve = (importer: string, specifier: string, kind: string): OnResolveResult => {
    if (kind !== 'import-statement' && kind !== 'dynamic-import') throw new Refusal(`${kind} of ${specifier}`)
    if (loaded.has(specifier) && importer === '') return { path: fileURLToPath(specifier) }
    const found = resolved.get(edge(pathToFileURL(importer).href, specifier))
    if (!found) throw new Refusal(`${specifier} was not imported`)
    if (loaded.has(found.url) || found.url === valibot) return { path: fileURLToPath(found.url) }
    const path = `${found.url} from outside` // an extension would determine the syntax
    known.set(path, found)
    return { path, namespace: 'outside' }
  }
  return {
    name: 'as-seen',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ importer, path, kind, namespace }) =>
        resolve(namespace === 'file' && importer !== '<stdin>' ? importer : '', path, kind),
      )
      onLoad({ filter: /.*/, namespace: 'outside' }, async ({ path }) => ({
        contents: await outsideModule(present(known.get(path))),
      }))
      onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
        const file = loaded.get(pathToFileURL(path).href)
        return file && own(file, esbuild)
      })
    },
  }
}

/**
 * Compiles users' files into one.
 * @throws if that is impossible, or would change their behaviour
 */
export async function compile(files: readonly string[], seen: readonly Seen[]): Promise<Compiled> {
  const esbuild = around(compilers().esbuild) as Esbuild
  const entries = files.map((file) => {
    const path = JSON.stringify(file)
    return `${FILES}.set(${path}, () => import(${JSON.stringify(pathToFileURL(file).href)}))\n`
  })
  const built: BuildResult<{ write: false }> = await esbuild.build({
    stdin: { contents: entries.join(''), resolveDir: '/' },
    absWorkingDir: '/',
    outfile: '/project.js',
    write: false,
    bundle: true,
    format: 'iife',
    platform: 'node',
    target: `node${process.versions.node}`,
    supported: { 'dynamic-import': false, 'top-level-await': false },
    keepNames: true,
    ignoreAnnotations: true,
    sourcemap: 'external',
    sourcesContent: false,
    tsconfigRaw: {},
    logLevel: 'silent',
    plugins: [asSeen(graph(seen), esbuild)],
  })
  const [map, code] = ['.map', '.js'].map((end) => built.outputFiles.find(({ path }) => path.endsWith(end))?.text)
  if (map === undefined || code === undefined) throw new Refusal('nothing came of it')
  // Computed imports, and other parts of `import.meta`.
  if (/^ *var __require\d* =/m.test(code) || code.includes(META)) throw new Refusal('it looks for modules by itself')
  return { code: `(function (${OUTSIDE}, ${FILES}) {"use strict";${code}\n})`, map }
}
