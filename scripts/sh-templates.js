// Extracts the sh in TypeScript: the templates sh`…`, each as a separate text with a variable for every value. Most
// contain values, so they cannot be files; shellcheck still checks them like files, except for what another template or
// a value decides.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Disabled checks: variables and a status that are set or read elsewhere (2154, 2034, 2181), complaints about the
 * variable that stands for words (2064, 2066, 2027, 2211), functions that others call (2317), and intentional code:
 * `cd` under `set -e`, `mkdir -p -m` below an existing folder, text in single quotes for another sh, `A && B || C` as a
 * short form, a file compared with itself (2164, 2174, 2016, 2015, 2094).
 */
const NOT_ASKED = [2154, 2034, 2181, 2064, 2066, 2027, 2183, 2211, 2317, 2164, 2174, 2016, 2015, 2094]

/** The tag of an sh template, not a longer name with that ending. */
const OURS = /(?<![\w.])sh`/

/** The end of a string that begins at `i`. */
function behindString(text, i) {
  const quote = text[i]
  for (i++; i < text.length && text[i] !== quote; i++) if (text[i] === '\\') i++
  return i + 1
}

/** The end of the expression after `${`; also finds templates inside it. */
function behindValue(text, i, found) {
  for (let depth = 1; depth > 0 && i < text.length; ) {
    if (text[i] === "'" || text[i] === '"') i = behindString(text, i)
    else if (text[i] === '`') i = behindTemplate(text, i, found)
    else depth += { '{': 1, '}': -1 }[text[i++]] ?? 0
  }
  return i
}

/** The end of the template that begins at `i`; records it if it is sh. */
function behindTemplate(text, i, found) {
  const begins = i
  let sh = ''
  for (i++; i < text.length && text[i] !== '`'; ) {
    if (text.startsWith('${', i)) {
      i = behindValue(text, i + 2, found)
      sh += '"$x"'
    } else if (/^\\(`|\$\{)/.test(text.slice(i, i + 3))) {
      sh += text[i + 1]
      i += 2
    } else sh += text[i] === '\\' ? text[i++] + text[i++] : text[i++]
  }
  if (OURS.test(text.slice(Math.max(0, begins - 3), begins + 1)) && sh.trim() !== '')
    found.set(begins, { sh, line: text.slice(0, begins).split('\n').length })
  return i + 1
}

/** The sh in a TypeScript text, with the first line of each template. */
export function templatesIn(text) {
  const found = new Map()
  for (const { index } of text.matchAll(new RegExp(OURS, 'g'))) behindTemplate(text, index + 2, found)
  return [...found.values()]
}

const templatesOf = (folders) =>
  folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => templatesIn(readFileSync(file, 'utf8')).map((template) => ({ ...template, file })))

/** The places of templates with more than `most` lines. */
export const longTemplates = (folders, most) =>
  templatesOf(folders)
    .filter(({ sh }) => sh.trim().split('\n').length > most)
    .map(({ file, line }) => `${file}:${line}`)

/**
 * shellcheck's findings in these folders' templates, with their places; `undefined` if it is not installed. Skips
 * templates that are not whole commands.
 */
export function templatesSay(folders) {
  const away = mkdtempSync(join(tmpdir(), 'sh-templates-'))
  try {
    const files = templatesOf(folders).map(({ sh, file, line }, i) => ({ sh, name: `${file}:${line}:${i}` }))
    for (const { sh, name } of files) {
      mkdirSync(join(away, dirname(name)), { recursive: true })
      writeFileSync(join(away, name), `${sh}\n`)
    }
    const args = ['--norc', '-s', 'sh', '-f', 'gcc', '-e', NOT_ASKED.map((code) => `SC${code}`).join()]
    const { error, stdout } = spawnSync('shellcheck', [...args, ...files.map(({ name }) => name)], {
      cwd: away,
      encoding: 'utf8',
    })
    if (error?.code === 'ENOENT') return undefined
    if (error) throw error
    return stdout
      .split('\n')
      .filter((line) => line !== '' && !/\[SC1\d{3}\]$/.test(line))
      .map((line) =>
        line.replace(
          /^(.*?):(\d+):\d+:(\d+):\d+:/,
          (_, file, begins, at) => `${file}:${Number(begins) + Number(at) - 1}:`,
        ),
      )
      .map((line) => `${line}\n`)
      .join('')
  } finally {
    rmSync(away, { recursive: true, force: true })
  }
}
