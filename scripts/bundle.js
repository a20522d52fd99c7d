// Makes the program that users run out of many modules: one file, which starts in a third of the time
// (docs/performance.md). The library stays as it is.
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** Loaded seldom, or told apart by their place: they stay where npm puts them. */
const EXTERNAL = ['diff', 'yaml', 'cpu-features', '*.node']

const names = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.slice(0, -3)}`)

/** What users' files may import, as package.json exports it. */
const doors = () => ['src/index', 'src/sandbox/index', ...names('recipes'), ...names('roles')]

/**
 * The modules of the bundle by their path, for {@link door} and in the place of src/project/built-in.ts. `require`: run
 * when it is asked for, not before.
 */
const table = (paths) =>
  `export const modules = {\n${paths.map((path) => `  '${path}': () => require('./${path}.ts'),\n`).join('')}}\nglobalThis[Symbol.for('provision-ssh')] = modules\n`
const builtIn = `import { modules } from 'table'
export const builtInRoles = () =>
  new Map(Object.entries(modules).flatMap(([path, load]) => (path.startsWith('roles/') ? [[path.slice('roles/'.length), async () => load()]] : [])))\n`

/**
 * A module that users' files get for ours while the program runs: the instance in the bundle, so that there is one of
 * each class and brand.
 */
const door = (path, exported) =>
  `const module = globalThis[Symbol.for('provision-ssh')]['${path}']()\nexport const { ${exported.join(', ')} } = module\n`

/**
 * Loaded by ssh2 and node-ssh at once, and used by nothing here: a server, agents of Node's http, file transfer, the
 * making of folders and keys.
 */
const UNUSED = /(ssh2[\\/]lib[\\/](server|http-agents|keygen|protocol[\\/]SFTP)|make-dir[\\/].*)\.js$/
/**
 * Loaded at once, and needed for a key with a passphrase or a command alone: functions, by module, that load it when
 * they are called.
 */
const SELDOM = { 'bcrypt-pbkdf': ['pbkdf'], child_process: ['execFile', 'execFileSync', 'spawn', 'spawnSync'] }
const seldom = (name) =>
  SELDOM[name].map((each) => `export const ${each} = (...given) => require('${name}').${each}(...given)\n`).join('')

/**
 * In a bundle there are no files beside a module: a call of shFile (src/shell/script.ts) gets the text, as it is sent.
 */
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

/** In a bundle `import.meta` is that of the bundle, which lies as deep in its folder as the modules did. */
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

/** The part of AWS's SDK that is used, in a file of its own: only commands that ask AWS load it. */
const AWS = {
  ...COMMON,
  entryPoints: ['src/cloud/aws/sdk.ts'],
  minify: true,
  mainFields: ['module', 'main'],
  legalComments: 'none',
  external: [],
  supported: { 'dynamic-import': false }, // as for the program
}

/** The packages whose code went into a bundle, and their licences. */
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
 * Writes `src/cli/program.cjs`, its launcher `src/cli/provision.cjs` and the doors into a folder that holds what tsc
 * made.
 */
export async function bundle(into) {
  const cli = join(into, 'src', 'cli')
  const { shFile } = await import(pathToFileURL(resolve(into, 'src', 'shell', 'script.js')).href)
  const program = await build({
    ...COMMON,
    stdin: { contents: `export { program } from './src/cli/program.ts'\nimport 'table'\n`, resolveDir: process.cwd() },
    plugins: [replace, shFiles(shFile)],
    supported: { 'dynamic-import': false }, // it would be one of kept code, which cannot (src/project/outside.ts)
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
