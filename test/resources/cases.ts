import { readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as words from '../../src/index.ts'
import { changeText } from '../../src/model/plan.ts'
import {
  type Change,
  type Refusal,
  type Resource,
  type ResourceType,
  repair,
  type Trigger,
  type Word,
} from '../../src/model/resource.ts'
import { Secret } from '../../src/shell/secret.ts'

/**
 * One row of the table of a type: `test/resources/TYPE/*.json` holds one case or a list of them. TYPE is the name of
 * the word's module (`apt-repository` for `aptRepository`). The `text` of a change is the line that people read.
 */
export interface Case {
  readonly about: string
  readonly name: string
  /**
   * What a recipe writes. `{"$secret": "x"}`, `{"$base64": "AA=="}` and `{"$resource": ["file", "/x", {…}]}` stand for
   * what JSON cannot say.
   */
  readonly props: object
  /** The sentence that the word throws; the rest is not looked at. */
  readonly error?: string
  /** The fields of each line that the probe answers, without the name. */
  readonly answer?: readonly (readonly string[])[]
  readonly triggers?: readonly Trigger[]
  readonly changes?: readonly Partial<Change>[]
  /** Instead of `changes`. */
  readonly refusal?: Partial<Refusal>
  readonly warning?: string
  /** The lines of the script that repairs it, as `plan --script` shows them. */
  readonly apply?: readonly string[]
}

const camel = (module: string): string => module.replace(/-(\w)/g, (_, c: string) => c.toUpperCase())

async function wordOf(module: string): Promise<Word<object, object, unknown>> {
  const found = (words as Readonly<Record<string, unknown>>)[camel(module)]
  if (typeof found !== 'function') throw new Error(`src/index.ts does not export ${camel(module)}`)
  return found as Word<object, object, unknown>
}

async function revive(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(revive))
  if (typeof value !== 'object' || value === null) return value
  const special = value as { $secret?: string; $base64?: string; $resource?: [string, string, object] }
  if (special.$secret !== undefined) return new Secret(special.$secret)
  if (special.$base64 !== undefined) return new Uint8Array(Buffer.from(special.$base64, 'base64'))
  if (special.$resource !== undefined) {
    const [module, name, props] = special.$resource
    return (await wordOf(module))(name, (await revive(props)) as object)
  }
  return Object.fromEntries(
    await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await revive(v)] as const)),
  )
}

const only = (keys: object, value: object): object =>
  Object.fromEntries(Object.keys(keys).map((k) => [k, value[k as never]]))

/** Runs one row: word → parse → diff → apply. */
export async function runCase(module: string, row: Case): Promise<void> {
  const word = await wordOf(module)
  const props = (await revive(row.props)) as object
  if (row.error !== undefined) {
    assert.throws(
      () => word(row.name, props),
      (e: unknown) => {
        assert.ok(e instanceof TypeError)
        assert.is((e as TypeError).message, row.error)
        return true
      },
    )
    return
  }
  if (row.answer === undefined && row.apply === undefined)
    throw new Error('a case without answer, apply or error proves nothing')
  const resource: Resource = word(row.name, props)
  const type = resource.type as unknown as ResourceType<object, unknown>
  if (row.answer !== undefined) {
    const state = type.parse(row.answer)
    const verdict = type.diff(resource.props, state, row.triggers ?? [])
    if (row.refusal !== undefined) assert.equal(only(row.refusal, verdict), row.refusal)
    else {
      assert.ok(Array.isArray(verdict), `refused: ${JSON.stringify(verdict)}`)
      const wanted = row.changes ?? []
      assert.equal(
        (verdict as readonly Change[]).map((c, i) => only(wanted[i] ?? c, { ...c, text: changeText(c) })),
        wanted,
      )
    }
    assert.is(type.warn?.(resource.props, state), row.warning)
  }
  if (row.apply !== undefined)
    assert.equal(repair(type, [{ name: resource.name, props: resource.props }]).shown.split('\n'), row.apply)
}

/** Runs all tables of one type as one uvu suite. */
export function table(module: string, folder: URL): ReturnType<typeof suite> {
  const test = suite(module)
  for (const file of readdirSync(folder)
    .filter((f) => f.endsWith('.json'))
    .sort()) {
    const read = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case | Case[]
    for (const row of [read].flat()) test(`${file}: ${row.about}`, () => runCase(module, row))
  }
  return test
}
