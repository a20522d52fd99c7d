import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Users } from '../files.ts'
import { type Importer, type UsersModules, usersModules } from '../import.ts'
import { type Launcher, launcher } from '../outside.ts'
import { compile, compilers, Refusal } from './compile.ts'
import { dependsOn } from './depends.ts'
import { type Evaluated, evaluate } from './evaluate.ts'
import type { Seen } from './seen.ts'
import { keepProject, readProject } from './store.ts'
import { keyOf, pathOf, type Witnesses, witness } from './witness.ts'

/** Options that affect how files are loaded. */
const LOADERS = /^(--(experimental-)?(import|require|loader)|-r|--(conditions|preserve-symlinks|experimental-strip)|-C)/

/** A name for users' files, as this program loads them for these roles. */
function nameOf(users: Users, roles: readonly string[], { program }: Launcher): string | undefined {
  const { env, execArgv } = process
  const options = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(/\s+/)]
  if (options.some((option) => LOADERS.test(option))) return undefined
  if (Object.keys(env).some((name) => /^(TSX|ESBUILD)_/.test(name))) return undefined
  if (users.roles.size + users.recipes.size === 0) return undefined
  const all = [program, process.cwd(), users.folder, users.typescript, [...roles].sort(), options]
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 40)
}

/** What an earlier run compiled. */
function open(name: string, { atLast }: Launcher): Evaluated | 'as ever' | 'not known' {
  try {
    const kept = readProject(name)
    if (!kept) return 'not known'
    if (!kept.compiled) return 'as ever'
    const evaluated = evaluate(kept.compiled, `project-${name}`, kept.v8)
    if (!evaluated.current) atLast(async () => keepProject(name, { ...kept, v8: evaluated.compiled() }))
    return evaluated
  } catch {
    return 'not known'
  }
}

/** How many milliseconds a file system's clock may be behind. */
const BEHIND = 20

const touchedSince = (path: string, time: number): boolean =>
  (lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) > time - BEHIND

/** The dependencies of the loaded files, if they are certain: none of them changed during loading. */
function madeFrom(seen: readonly Seen[], users: Users, began: number): Witnesses | undefined {
  const keys = dependsOn(seen, process.cwd())
  if (users.typescript) for (const file of compilers().packages) keys.add(keyOf('file', file))
  const witnesses = witness(keys)
  const same = seen.every(
    (each) => each.kind !== 'loaded' || witnesses[keyOf('file', fileURLToPath(each.url))] === each.digest,
  )
  return same && ![...keys].some((key) => touchedSince(pathOf(key), began)) ? witnesses : undefined
}

/** Without the program's own imports. */
function ofTheProject(seen: readonly Seen[]): readonly Seen[] {
  const loaded = new Set(seen.flatMap((each) => (each.kind === 'loaded' ? [each.url] : [])))
  return seen.filter((each) => each.kind === 'loaded' || loaded.has(each.parent))
}

/** Compiles files, or records that they cannot be compiled. */
async function compileAndKeep(name: string, files: readonly string[], seen: readonly Seen[], witnesses: Witnesses) {
  try {
    keepProject(name, { witnesses, compiled: await compile(files, seen) })
  } catch (error) {
    if (error instanceof Refusal || (error instanceof Error && 'errors' in error)) keepProject(name, { witnesses })
  }
}

/** Loads files the regular way, and compiles them for the next run when this one is over. */
async function loadAsEver<T extends Loaded>(
  name: string,
  users: Users,
  load: Load<T>,
  { atLast }: Launcher,
  modules: UsersModules,
) {
  const began = Date.now()
  const files = new Set<string>()
  const loaded = await load((file, ...more) => {
    files.add(file)
    return modules.import(file, ...more)
  })
  if (files.size === 0 || loaded.broken.length > 0) return loaded
  try {
    const seen = ofTheProject(modules.seenSoFar())
    const witnesses = madeFrom(seen, users, began)
    if (witnesses) atLast(() => compileAndKeep(name, [...files], seen, witnesses))
  } catch {} // without certain dependencies, nothing is kept
  return loaded
}

type Loaded = { readonly broken: readonly unknown[] }
type Load<T> = (importer: Importer) => Promise<T>

/**
 * Loads users' files: those that an earlier run compiled, or the files themselves if there are none, if a dependency
 * has changed, or if the compiled ones fail, because errors must refer to the files.
 * @param roles the roles to load
 * @param modules the modules that this process has loaded already
 */
export async function withKept<T extends Loaded>(
  users: Users,
  roles: readonly string[],
  load: Load<T>,
  modules: UsersModules = usersModules(),
): Promise<T> {
  const { opened } = modules
  const name = launcher && nameOf(users, roles, launcher)
  if (launcher === undefined || name === undefined) return load(modules.import)
  const kept = opened.get(name) ?? open(name, launcher)
  opened.set(name, kept === 'not known' ? 'as ever' : kept)
  if (kept === 'as ever') return load(modules.import)
  if (kept !== 'not known') {
    const loaded = await load((file) => kept.load(file)).catch(() => undefined)
    if (loaded?.broken.length === 0) return loaded
    opened.set(name, 'as ever')
  }
  return loadAsEver(name, users, load, launcher, modules)
}
