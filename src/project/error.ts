import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commonJsExports, commonJsFault } from '../lib/common-js.ts'
import { present } from '../lib/compact.ts'
import { message } from '../lib/message.ts'
import { isOurs, type Place } from '../lib/place.ts'
import { UserError } from '../lib/user-error.ts'

/** A user's own role or recipe is unusable. The message is one sentence with file and line. */
export class ProjectError extends UserError {
  override readonly name = 'ProjectError'
}

/** The line of an import that could not be found; Node's error does not contain it. */
function importLine(file: string, specifier: string): number | undefined {
  try {
    const last = specifier.replace(/^.*\//s, '')
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((text) => /\b(import|from|require)\b/.test(text) && text.includes(last))
    return line < 0 ? undefined : line + 1
  } catch {
    return undefined
  }
}

/**
 * The line of a syntax error in JavaScript. With a loader active, Node's error lacks it, so this checks the file again.
 */
function syntaxLine(file: string): number | undefined {
  const input = readFileSync(file)
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--check'], {
    input,
    encoding: 'utf8',
    env: {},
  })
  const line = /^\[stdin\]:(\d+)$/m.exec(stderr)?.[1]
  return line ? Number(line) : undefined
}

/** Node's error for a file with an unknown extension. */
const STRANGE = /^Unknown file extension "([^"]*)" for (.+)$/m

/** The place that an error comes from, relative to a folder: the first one in it that its message or stack names. */
export function locate(
  error: unknown,
  folder: string,
): { readonly file: string; readonly line: number | undefined } | undefined {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: '' }
  const strange = STRANGE.exec(message)?.[2]
  if (strange?.startsWith(`${folder}/`)) return { file: relative(folder, strange), line: undefined }
  const missing = /^(?:Cannot find (?:module|package)|Directory import) '([^']+)'.* imported from (\S.*?)$/m.exec(
    message,
  )
  if (missing) {
    const at = present(missing[2])
    const file = at.startsWith('file:') ? fileURLToPath(at) : at
    return { file: relative(folder, file), line: importLine(file, present(missing[1])) }
  }
  const packaged = (path: string): boolean => path.includes('/node_modules/')
  const [said, stacked] = [placesNamed(message), placesNamed(stack ?? '')]
  const inside = [...said, ...stacked].find(
    ({ file }) => file.startsWith(`${folder}/`) && !packaged(file.slice(folder.length)),
  )
  // Outside, only where it was thrown counts: further down, a stack may show the program that uses this library.
  const outside = [...said, ...stacked.slice(0, 1)].find(({ file }) => !packaged(file) && !isOurs(file))
  const place = inside ?? outside
  return place && { file: relative(folder, place.file), line: place.line }
}

/** The places that a text names. */
const placesNamed = (text: string): Place[] =>
  [...text.matchAll(/(?:(file:\/\/[^\s():]+)|(?<!\w)(\/[^\n():]+)):(\d+)/g)].map(([, url, path = '', line]) => ({
    file: url ? fileURLToPath(url) : path,
    line: Number(line),
  }))

/** An error's message, without the parts that {@link locate} reads. */
const gist = (error: unknown, folder: string): string => {
  const text = message(error).replaceAll(`'${folder}/`, "'")
  const ending = STRANGE.exec(text)?.[1]
  if (ending !== undefined) return `files whose names end in "${ending}" cannot be imported: read it with readFileSync`
  const esbuild = /^\S.*:\d+:\d+: ERROR: (.+)$/m.exec(text)
  return (esbuild?.[1] ?? text.split('\n')[0] ?? '').replace(/ imported from .*$/, '')
}

/** Explains a missing export of a file that is written as CommonJS. */
function importedCommonJs(error: unknown, file: string, folder: string): ProjectError | undefined {
  const [, specifier] = /^The requested module '(\.[^']*)' does not provide an export named /.exec(message(error)) ?? []
  if (specifier === undefined) return undefined
  const target = resolve(dirname(file), specifier)
  if (!existsSync(target)) return undefined
  const fault = commonJsExports(readFileSync(target, 'utf8'), target)
  return fault === undefined ? undefined : new ProjectError(`${relative(folder, target)}: ${fault}`, { cause: error })
}

/** Explains in one sentence why a user's file could not be loaded. */
export function broken(file: string, error: unknown, folder: string): ProjectError {
  const place = locate(error, folder) ?? {
    file: relative(folder, file),
    line: error instanceof SyntaxError ? syntaxLine(file) : undefined,
  }
  const imported = importedCommonJs(error, resolve(folder, place.file), folder)
  if (imported !== undefined) return imported
  const where = `${place.file}${place.line ? `, line ${place.line}` : ''}`
  return new ProjectError(`${where}: ${commonJsFault(error, place.file) ?? gist(error, folder)}`, { cause: error })
}
