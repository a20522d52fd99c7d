import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isValibot, type Seen } from './seen.ts'
import { keyOf } from './witness.ts'

/** A folder and all its ancestors. */
function upFrom(folder: string): string[] {
  const up = dirname(folder)
  return up === folder ? [folder] : [folder, ...upFrom(up)]
}

/** The package of a bare specifier. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

const isBare = (specifier: string): boolean => !/^(\.{0,2}\/|\.{1,2}$|[\w+-]+:|#)/.test(specifier)

/** The places where Node may look for a package from a folder. */
const packagePlaces = (folder: string, specifier: string): string[] =>
  upFrom(folder).flatMap((up) => {
    const place = join(up, 'node_modules', packageOf(specifier))
    return [keyOf('place', place), keyOf('file', join(place, 'package.json'))]
  })

interface TsConfig {
  readonly extends?: string | readonly string[]
  readonly compilerOptions?: {
    readonly baseUrl?: string
    readonly paths?: Readonly<Record<string, readonly string[]>>
  }
}

/** JSON with comments and trailing commas. @throws SyntaxError */
const parse = (text: string): TsConfig =>
  JSON.parse(
    text
      .replace(/^\uFEFF/, '')
      .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '$1')
      .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, '$1'),
  )

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The files that an `extends` of a tsconfig.json may refer to. */
const extended = (folder: string, word: string): string[] => {
  const places = isBare(word)
    ? upFrom(folder).map((up) => join(up, 'node_modules', word))
    : [resolve(folder, word.replace('${configDir}', folder))]
  return places.flatMap((place) => [place, `${place}.json`, join(place, 'tsconfig.json'), join(place, 'package.json')])
}

interface Config {
  readonly folder: string
  readonly says: TsConfig
}

/**
 * Every tsconfig.json that affects a program in this folder, or would if it existed.
 * @throws SyntaxError
 */
function tsconfigs(cwd: string): { readonly keys: ReadonlySet<string>; readonly configs: readonly Config[] } {
  const keys = new Set<string>()
  const configs: Config[] = []
  const visit = (path: string): void => {
    const key = keyOf('file', path)
    if (keys.has(key)) return
    keys.add(key)
    const text = read(path)
    if (text === undefined) return
    const config = { folder: dirname(path), says: parse(text) }
    configs.push(config)
    for (const word of [config.says.extends ?? []].flat()) for (const each of extended(config.folder, word)) visit(each)
  }
  for (const folder of upFrom(cwd)) visit(join(folder, 'tsconfig.json'))
  return { keys, configs }
}

/** Where `paths` and `baseUrl` would find a bare specifier. */
function mapped(specifier: string, { folder, says }: Config, cwd: string): string[] {
  const { baseUrl, paths = {} } = says.compilerOptions ?? {}
  const real = (path: string): string => path.replace('${configDir}', cwd)
  const base = resolve(folder, real(baseUrl ?? '.'))
  const found = Object.entries(paths).flatMap(([pattern, targets]) => {
    const [head = '', tail] = pattern.split('*')
    if (tail === undefined) return pattern === specifier ? targets : []
    if (!specifier.startsWith(head) || !specifier.endsWith(tail)) return []
    const rest = specifier.slice(head.length, specifier.length - tail.length)
    return targets.map((target) => target.replace('*', () => rest))
  })
  return [
    ...found.map((target) => resolve(base, real(target))),
    ...(baseUrl === undefined ? [] : [join(base, specifier)]),
  ]
}

/**
 * Everything that determines which files these are, and their content.
 * @throws SyntaxError if a tsconfig.json cannot be parsed
 */
export function dependsOn(seen: readonly Seen[], cwd: string): Set<string> {
  const { keys: own, configs } = tsconfigs(cwd)
  const keys = new Set(own)
  /** A file may be found without its extension, or as a folder's index. */
  const target = (path: string): void => {
    for (const folder of [dirname(path), path]) keys.add(keyOf('folder', folder))
  }
  for (const each of seen) {
    const folder = dirname(fileURLToPath(each.kind === 'loaded' ? each.url : each.parent))
    for (const up of upFrom(folder)) keys.add(keyOf('file', join(up, 'package.json')))
    if (each.kind === 'loaded') {
      keys.add(keyOf('file', fileURLToPath(each.url)))
      keys.add(keyOf('folder', folder))
    } else if (isBare(each.specifier)) {
      if (isValibot(each.url)) keys.add(keyOf('file', fileURLToPath(each.url)))
      for (const key of packagePlaces(folder, each.specifier)) keys.add(key)
      for (const config of configs) for (const path of mapped(each.specifier, config, cwd)) target(path)
    } else if (/^\.{0,2}\//.test(each.specifier)) target(fileURLToPath(new URL(each.specifier, each.parent)))
  }
  return keys
}
