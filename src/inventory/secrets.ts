import { AsyncLocalStorage } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { utf8 } from '../lib/bytes.ts'
import { wins } from '../lib/check.ts'
import { present } from '../lib/compact.ts'
import { inHome } from '../lib/kept/home.ts'
import { codeOf, message, whyNotStarted, whyUnread } from '../lib/message.ts'
import { Secret } from '../shell/secret.ts'

/**
 * Returns the value of a reference (`env:NAME`, `file:path`, `cmd:command`).
 * @throws Error: a clause that says why it cannot be read, without the value
 */
export type SecretSource = (reference: string) => string

const REFERENCE = /^(env|file|cmd):([\s\S]+)$/

/** The maximum duration of a `cmd:`, in seconds. */
const DEADLINE = 30

/** A secret must be text: other bytes would reach a host as replacement characters. */
class NotText extends Error {}

function text(bytes: Uint8Array, what: string): string {
  const read = utf8(bytes)
  if (read === undefined) throw new NotText(`${what} is not UTF-8 text`)
  return read.replace(/^\ufeff/, '') // an editor's mark, and no part of a secret
}

const read: Readonly<Record<string, (what: string, folder: string, seconds: number) => string>> = {
  env(name) {
    const value = process.env[name]
    if (value === undefined) throw new Error(`the environment variable ${name} is not set`)
    return value
  },
  file(path, folder) {
    try {
      return text(readFileSync(resolve(folder, inHome(path))), `the secret's file ${path}`)
    } catch (e) {
      if (e instanceof NotText) throw e
      throw new Error(`the secret's file ${path} cannot be read: ${whyUnread(e)}`)
    }
  },
  cmd(command, folder, seconds) {
    const { status, signal, stdout, stderr, error } = spawnSync('sh', ['-c', command], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
    })
    if (codeOf(error) === 'ETIMEDOUT') throw new Error(`the secret's command took longer than ${seconds} s`)
    if (error) throw new Error(`the secret's command cannot be run: ${whyNotStarted(error)}`)
    if (status === 0) return text(stdout, "what the secret's command prints")
    const last = stderr.toString().trim().split('\n').at(-1) ?? ''
    throw new Error(
      `the secret's command ended with ${signal ?? `exit ${status}`}${last ? `: ${last.slice(0, 200)}` : ''}`,
    )
  },
}

/**
 * Reads secrets on this machine, each reference once. `file:` and `cmd:` are relative to `folder`, the inventory's own;
 * `sh -c` runs `cmd:`, for at most 30 s. A line break at the end is not part of the secret.
 */
export function localSecrets(folder: string, seconds: number = DEADLINE): SecretSource {
  const known = new Map<string, () => string>()
  const once = (reference: string): (() => string) => {
    const [, kind = '', what = ''] = REFERENCE.exec(reference) ?? []
    try {
      const value = present(read[kind])(what, folder, seconds).replace(/\r?\n$/, '')
      if (value === '') throw new Error('the secret is empty')
      return () => value
    } catch (e) {
      return () => {
        throw e
      }
    }
  }
  return (reference) => {
    const value = known.get(reference) ?? once(reference)
    known.set(reference, value)
    return value()
  }
}

const source = new AsyncLocalStorage<SecretSource>()

/** Runs a validation that reads its secrets from `from`, because a schema cannot take parameters. */
export const withSecrets = <T>(from: SecretSource, work: () => T): T => source.run(from, work)

/** The known properties of a secret. */
export interface SecretForm {
  /**
   * The pattern that its value must match, and its name for the sentence "… is not a UUID": messages never show the
   * value.
   */
  readonly form?: { readonly pattern: RegExp; readonly wanted: string }
  /** What is wrong with a value that has that form, as a clause without the value ("has a certificate that …"). */
  readonly check?: (value: string) => string | undefined
  /** Its purpose, for editors and documentation. */
  readonly description?: string
}

/** The message for a secret's value in place of a reference. */
const WANTED = 'is a secret: write where to find it, "env:NAME", "file:path" or "cmd:command", not the value itself'

/**
 * A recipe's variable that is a secret: written as a reference, `env:NAME`, `file:path` or `cmd:command`, and passed to
 * the recipe as a {@link Secret}. A value that does not match the `form` is a mistake in the inventory, so that a
 * recipe can rely on its characters.
 */
export const secret = ({
  form,
  check,
  description = 'A secret: where it is found, env:NAME, file:path or cmd:command.',
}: SecretForm = {}) =>
  v.pipe(
    v.string(wins(WANTED)),
    v.regex(REFERENCE, wins(WANTED)),
    v.description(description),
    v.rawTransform<string, Secret>(({ dataset, addIssue, NEVER }) => {
      try {
        const value = (source.getStore() ?? localSecrets('.'))(dataset.value)
        if (form !== undefined && !form.pattern.test(value))
          throw new Error(`what ${dataset.value} stands for is not ${form.wanted}`)
        const wrong = check?.(value)
        if (wrong !== undefined) throw new Error(`what ${dataset.value} stands for ${wrong}`)
        return new Secret(value)
      } catch (e) {
        addIssue({ message: message(e) })
        return NEVER
      }
    }),
  )
