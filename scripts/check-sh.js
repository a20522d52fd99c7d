// Checks all sh in the repository: .sh files, scripts by their first line, sh templates, and sh in TypeScript.
// shellcheck finds mistakes, shfmt checks the format of files (.shellcheckrc, .editorconfig). Reports when a tool is
// not installed, which is a failure only in CI.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { longTemplates, templatesSay } from './sh-templates.js'

const FOLDERS = ['.ci', 'src', 'recipes', 'roles', 'templates', 'scripts', 'test', 'bench']
/** Files whose first line need not be read. */
const NEVER = /\.(ts|js|json|md|txt)$/
const FIRST_LINE = /^#! ?\/(usr\/)?bin\/(env )?(ba|da)?sh\b/

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))

const files = FOLDERS.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && !NEVER.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => file.endsWith('.sh') || FIRST_LINE.test(readFileSync(file, 'latin1')))
  .sort()
const templates = files.filter((file) => file.endsWith('.ejs'))
const plain = files.filter((file) => !file.endsWith('.ejs'))

/** Turns a template into sh with the same lines and columns: a value becomes a number, other tags become blanks. */
const asSh = (text) =>
  text
    .replace(/<%[=-].*?%>/gs, (tag) => '1'.repeat(tag.length))
    .replace(/<%.*?%>/gs, (tag) => tag.replace(/[^\n]/g, ' '))

/** A tool's output, with the file's name in place of standard input; `undefined` if the tool is not installed. */
function says(command, args, file, input) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', input })
  if (error?.code === 'ENOENT') return undefined
  if (error) throw error
  return status === 0 ? '' : `${file === undefined ? '' : `${file}:\n`}${stdout}${stderr}`
}

const TOOLS = {
  shellcheck: { files: ['--color=never'], input: () => ['--color=never', '-'] },
  shfmt: { files: ['-d'], input: (file) => ['-d', '-filename', file.replace(/(\.sh)?\.ejs$/, '.sh')] },
}

const IN_TYPESCRIPT = ['src', 'recipes', 'roles']
/** The maximum number of lines of sh in TypeScript: CONTRIBUTING.md. */
const MOST = 10

const long = longTemplates(IN_TYPESCRIPT, MOST)
if (long.length > 0) console.error(`More than ${MOST} lines of sh belong in a file .sh: ${long.join(', ')}`)

let failed = long.length > 0
for (const [command, args] of Object.entries(TOOLS)) {
  const said = [says(command, [...args.files, ...plain])]
  for (const file of templates) said.push(says(command, args.input(file), file, asSh(readFileSync(file, 'utf8'))))
  if (command === 'shellcheck') said.push(templatesSay(IN_TYPESCRIPT))
  if (said.includes(undefined)) {
    console.error(
      `not checked here: ${files.length} files of sh, by ${command}: it is not installed (Debian: apt-get install ${command})`,
    )
    failed ||= process.env.CI === 'true'
  } else {
    process.stderr.write(said.join(''))
    if (said.some((text) => text !== '')) {
      failed = true
      console.error(
        `${command} has found something in the sh. ${command === 'shfmt' ? 'Files .sh are formatted by: shfmt -w FILE' : 'What an SC number means: https://www.shellcheck.net/wiki/SC2086'}`,
      )
    }
  }
}
if (failed) process.exitCode = 1
