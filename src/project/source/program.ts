import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import pLimit from 'p-limit'
import { InventoryFileError } from '../../inventory/errors.ts'
import { utf8 } from '../../lib/bytes.ts'
import { type Json, list, object } from '../../lib/json.ts'
import { codeOf, whyNotStarted } from '../../lib/message.ts'
import { readJson } from '../../lib/read-json.ts'
import { spawnPiped } from '../../lib/spawn-piped.ts'
import { readList } from '../ansible/tree.ts'
import { LONGEST } from '../import.ts'
import { ansibleSource } from './ansible.ts'
import type { Source } from './source.ts'

/** The largest accepted output; no inventory is larger. */
const MOST_BYTES = 64 * 1024 * 1024

const wrong = (shown: string, why: string): InventoryFileError => new InventoryFileError(`${shown} ${why}`)

/** Why a program could not be started. */
function notStarted(file: string, error: unknown): string {
  const code = codeOf(error)
  const [first = ''] = code === 'ENOENT' ? readFileSync(file, 'latin1').slice(0, 200).split('\n') : []
  const [, interpreter] = /^#!\s*(\S+)/.exec(first) ?? []
  if (code === 'ENOENT' && first.endsWith('\r'))
    return 'cannot be run: its lines end as on Windows (CRLF), which Linux takes as part of the program in its first line; save it with LF'
  if (code === 'ENOENT' && interpreter) return `cannot be run: its first line names ${interpreter}, which is not here`
  if (code === 'EACCES') return 'cannot be run: it may not be executed where it is'
  if (code === 'ENOEXEC') return 'cannot be run: its first line does not say by what; for sh it is #!/bin/sh'
  return `cannot be run: ${whyNotStarted(error)}`
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 200) ?? ''

/** A program that prints the inventory. */
interface Program {
  readonly file: string
  readonly shown: string
  /** The timeout. */
  readonly seconds: number
}

/** Runs it in its own folder, and returns its output. @throws InventoryFileError: one sentence */
function run({ file, shown, seconds }: Program, args: readonly string[]): Promise<Buffer> {
  const command = [shown, ...args].join(' ')
  return new Promise<Buffer>((resolve, reject) => {
    const child = spawnPiped(file, args, { cwd: dirname(file), stdio: ['ignore', 'pipe', 'pipe'] })
    const printed: Buffer[] = []
    let size = 0
    let said = ''
    const stop = (why: string): void => {
      child.kill('SIGKILL')
      // Its child processes may hold the streams open.
      child.stdout.destroy()
      child.stderr.destroy()
      reject(wrong(command, why))
    }
    const timer = setTimeout(() => stop(`did not end within ${seconds} s`), seconds * 1000)
    child.stdout.on('data', (chunk: Buffer) => {
      printed.push(chunk)
      size += chunk.length
      if (size > MOST_BYTES) stop(`prints more than ${MOST_BYTES / 1024 / 1024} MB`)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4096)
    })
    child.on('error', reject)
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer)
      const last = lastLine(said)
      if (code === 0) resolve(Buffer.concat(printed))
      else reject(wrong(command, `ended with ${signal ?? `exit ${code}`}${last ? `: ${last}` : ''}`))
    }
    child.on('close', ended)
    // A process that it left behind may hold the streams open. What the program itself printed is in them by now, and
    // is read before the event loop comes round without more of it.
    child.on('exit', () => {
      let before = -1
      const closeOnceRead = (): void => {
        const now = size + said.length
        if (now !== before) {
          before = now
          setImmediate(() => setImmediate(closeOnceRead))
          return
        }
        child.stdout.destroy()
        child.stderr.destroy()
      }
      closeOnceRead()
    })
  }).catch((error) => {
    throw error instanceof InventoryFileError ? error : wrong(shown, notStarted(file, error))
  })
}

/** The object that a program prints. @throws InventoryFileError */
async function ask(program: Program, args: readonly string[]): Promise<{ value: Json; text: string }> {
  const command = [program.shown, ...args].join(' ')
  const text = utf8(await run(program, args))
  if (text === undefined) throw wrong(command, 'prints something that is not UTF-8 text')
  if (text.trim() === '') throw wrong(command, 'prints nothing, but JSON is expected')
  const json = readJson(text)
  if ('wrong' in json) {
    const { line, column, excerpt } = json.wrong
    throw wrong(
      command,
      `prints something that is not JSON: line ${line}, column ${column}: ${json.wrong.message}\n${excerpt}`,
    )
  }
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value))
    throw wrong(command, 'does not print an object { … }')
  return { value: object(json.value), text }
}

const isGroup = (value: unknown): boolean =>
  Array.isArray(value) || ['hosts', 'children', 'vars'].some((key) => Object.hasOwn(object(value), key))

/** Is it Ansible's format for `--list`? In ours, `hosts` contains objects. */
function isList(value: Json): boolean {
  if (Object.hasOwn(value, '_meta')) return true
  const { hosts } = value
  if (hosts !== undefined && !Array.isArray(object(hosts).hosts) && !Array.isArray(hosts)) return false
  return Object.values(value).some(isGroup)
}

/** Adds each host's variables if the list has none: Ansible asks for each host. */
async function withHosts(program: Program, value: Json): Promise<Json> {
  if (Object.hasOwn(value, '_meta')) return value
  const groups = Object.values(value)
  const names = new Set(groups.flatMap((group) => list(Array.isArray(group) ? group : object(group).hosts)).map(String))
  const limit = pLimit(8)
  const entries = [...names].map((name) =>
    limit(async () => [name, (await ask(program, ['--host', name])).value] as const),
  )
  return { ...value, _meta: { hostvars: Object.fromEntries(await Promise.all(entries)) } }
}

/**
 * An inventory that a program prints: ours, or Ansible's format for `--list`.
 * @throws InventoryError
 */
export async function fromProgram(file: string, seconds: number = LONGEST): Promise<Source> {
  const program = { file, shown: basename(file), seconds }
  const { value, text } = await ask(program, ['--list'])
  if (!isList(value)) return { text }
  return ansibleSource(readList(await withHosts(program, value)), file)
}
