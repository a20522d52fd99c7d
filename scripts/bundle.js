// Bundles the program's many modules into one file, which starts in a third of the time (docs/performance.md). The
// library stays unbundled.
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** Modules that are rarely loaded, or that depend on their place: they stay where npm puts them. */
const EXTERNAL = ['diff', 'yaml', 'cpu-features', '*.node']

const names = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.slice(0, -3)}`)

/** The modules that users' files may import, according to the exports in package.json. */
const doors = () => ['src/index', 'src/sandbox/index', ...names('recipes'), ...names('roles')]

/**
 * The bundle's modules by path, for {@link door} and instead of src/project/built-in.ts. `require` runs a module on
 * first use.
 */
const table = (paths) =>
  `export const modules = {\n${paths.map((path) => `  '${path}': () => require('./${path}.ts'),\n`).join('')}}\nglobalThis[Symbol.for('provision-ssh')] = modules\n`
const builtIn = `import { modules } from 'table'
export const builtInRoles = () =>
  new Map(Object.entries(modules).flatMap(([path, load]) => (path.startsWith('roles/') ? [[path.slice('roles/'.length), async () => load()]] : [])))\n`

/**
 * A module that users' files get instead of ours in the program: it exports the bundle's instance, so that each class
 * and brand exists once.
 */
const door = (path, exported) =>
  `const module = globalThis[Symbol.for('provision-ssh')]['${path}']()\nexport const { ${exported.join(', ')} } = module\n`

/**
 * Modules that ssh2 and node-ssh load at once, and that nothing here uses: a server, agents for Node's http, file
 * transfer, creating folders and keys.
 */
const UNUSED = /(ssh2[\\/]lib[\\/](server|http-agents|keygen|protocol[\\/]SFTP)|make-dir[\\/].*)\.js$/
/**
 * Modules that are loaded at once, and needed only for a key with a passphrase or a ProxyCommand: replaced by
 * functions, by module, that load them on the first call.
 */
const SELDOM = { 'bcrypt-pbkdf': ['pbkdf'], child_process: ['execFile', 'execFileSync', 'spawn', 'spawnSync'] }
const seldom = (name) =>
  SELDOM[name].map((each) => `export const ${each} = (...given) => require('${name}').${each}(...given)\n`).join('')

/** A bundle has no files beside its modules: a call of shFile (src/shell/script.ts) becomes the text, as it is sent. */
const SH_FILE = /\bshFile\(import\.meta\.url, '([^']+)'\)/g
const shFiles = (shFile) => ({
  name: 'sh files',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const text = (name) => JSON.stringify(shFile(pathToFileURL(path).href, name).text)
      const contents = source.replace(SH_FILE, (_, name) => `shFile('', '', ${text(name)})`)
      return contents === source ? undefined : { contents, loader: 'ts' }
    })
  },
})

const replace = {
  name: 'replace',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^table$/ }, () => ({ path: 'table', namespace: 'table' }))
    onLoad({ filter: /.*/, namespace: 'table' }, () => ({ contents: table(doors()), resolveDir: process.cwd() }))
    onLoad({ filter: /src[\\/]project[\\/]built-in\.ts$/ }, () => ({ contents: builtIn, resolveDir: process.cwd() }))
    onLoad({ filter: /src[\\/]project[\\/]outside\.ts$/ }, () => ({
      contents:
        'const given = launcher\nexport { given as launcher }\nexport const importOutside = given.importOutside',
    }))
    onResolve({ filter: /^\.\/sdk\.ts$/ }, ({ importer }) =>
      /cloud[\\/]aws[\\/]load\.ts$/.test(importer) ? { path: 'aws.cjs', namespace: 'part' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => ({
      contents: `module.exports = launcher.part('${path}')`,
    }))
    onLoad({ filter: UNUSED }, () => ({ contents: 'module.exports = {}' }))
    onResolve({ filter: new RegExp(`^(node:)?(${Object.keys(SELDOM).join('|')})$`) }, ({ path, namespace }) =>
      namespace === 'seldom' ? undefined : { path: path.replace('node:', ''), namespace: 'seldom' },
    )
    onLoad({ filter: /.*/, namespace: 'seldom' }, ({ path }) => ({ contents: seldom(path), resolveDir: process.cwd() }))
  },
}

/** In a bundle, `import.meta` is that of the bundle, which is as deep in its folder as the modules were. */
const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: EXTERNAL,
  define: { 'import.meta.url': 'bundleUrl', 'import.meta.dirname': '__dirname' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href" },
  logLevel: 'warning',
  write: false,
  metafile: true,
}

/** The part of AWS's SDK that is used, in a separate file that only commands on AWS load. */
const AWS = {
  ...COMMON,
  entryPoints: ['src/cloud/aws/sdk.ts'],
  minify: true,
  mainFields: ['module', 'main'],
  legalComments: 'none',
  external: [],
  supported: { 'dynamic-import': false }, // as in the program
}

/** The packages whose code is in a bundle, with their licences. */
function licences(inputs) {
  const folders = new Set(
    Object.keys(inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  )
  return [...folders].sort().map((folder) => {
    const { name, version, license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
    const text =
      file === undefined ? 'No text comes with the package.' : readFileSync(join(folder, file), 'utf8').trim()
    return `${name} ${version}: ${license ?? licenses?.map((each) => each.type).join(', ')}\n\n${text}\n`
  })
}

/**
 * Writes `src/cli/program.cjs`, its launcher `src/cli/provision.cjs` and the re-exporting modules into a folder with
 * tsc's output.
 */
export async function bundle(into) {
  const cli = join(into, 'src', 'cli')
  const { shFile } = await import(pathToFileURL(resolve(into, 'src', 'shell', 'script.js')).href)
  const program = await build({
    ...COMMON,
    stdin: { contents: `export { program } from './src/cli/program.ts'\nimport 'table'\n`, resolveDir: process.cwd() },
    plugins: [replace, shFiles(shFile)],
    supported: { 'dynamic-import': false }, // V8's cached code cannot import (src/project/outside.ts)
  })
  const [{ contents }] = program.outputFiles
  const aws = await build(AWS)
  const digest = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const digests = { 'program.cjs': digest(contents), 'aws.cjs': digest(aws.outputFiles[0].contents) }
  const launcher = await build({
    ...COMMON,
    entryPoints: ['src/cli/launch.ts'],
    define: { ...COMMON.define, BUNDLES: JSON.stringify(digests) },
  })
  writeFileSync(join(cli, 'aws.cjs'), aws.outputFiles[0].contents)
  const head = '#!/usr/bin/env node\n'
  writeFileSync(join(cli, 'program.cjs'), contents)
  writeFileSync(join(cli, 'provision.cjs'), head + launcher.outputFiles[0].text)
  chmodSync(join(cli, 'provision.cjs'), 0o755)
  writeFileSync(
    join(cli, 'LICENSES.txt'),
    `program.cjs and aws.cjs hold code of these packages.\n\n${licences({ ...program.metafile.inputs, ...aws.metafile.inputs }).join(`\n${'-'.repeat(80)}\n\n`)}`,
  )
  for (const path of doors()) {
    const file = join(into, 'doors', `${path}.js`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, door(path, Object.keys(await import(pathToFileURL(resolve(into, `${path}.js`)).href))))
  }
  if (!existsSync(join(cli, 'program.cjs'))) throw new Error('no bundle')
}
