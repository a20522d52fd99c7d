import { readFileSync } from 'node:fs'
import { probeOf } from '../../src/engine/observe/observe.ts'
import { changeText } from '../../src/model/plan.ts'
import {
  type Change,
  type Fields,
  type Item,
  type Refusal,
  type Resource,
  type ResourceType,
  repair,
} from '../../src/model/resource.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { blobPath, empty, join, type Script } from '../../src/shell/script.ts'

type Any = ResourceType<object, unknown>
type Verdict = readonly Change[] | Refusal

/**
 * The smallest possible engine, for a sandbox host without SSH: tests resource types independently of the real engine.
 */
export interface OnHost {
  /** A script's standard output under `set -e`. @throws Error with the status and its output if it fails */
  run(script: Script): Promise<string>
  /** The probe's records of one resource. */
  records(resource: Resource): Promise<readonly Fields[]>
  /** The differences of resources of one type. */
  plan(...resources: readonly Resource[]): Promise<readonly Verdict[]>
  /**
   * Applies the differences (refusals too, as `--allow` would) and looks again. Returns the first plan and the host's
   * output. @throws unless the second plan is empty
   */
  converge(...resources: readonly Resource[]): Promise<{ readonly plan: readonly Verdict[]; readonly said: string }>
}

const isEmpty = (verdict: Verdict): boolean => Array.isArray(verdict) && verdict.length === 0

/** Binds {@link OnHost} to a host. */
export function onHost(host: SandboxHost): OnHost {
  const run = async (script: Script): Promise<string> => {
    for (const blob of script.blobs) {
      const bytes = blob.source instanceof Uint8Array ? blob.source : readFileSync(blob.source.path)
      await host.sh(
        `mkdir -p "$(dirname ${blobPath(blob)})"; base64 -d >${blobPath(blob)}`,
        Buffer.from(bytes).toString('base64'),
      )
    }
    const { code, stdout, stderr } = await host.sh(
      'LC_ALL=C; PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; umask 022; mkdir -p -m 700 /run/provision; body=$(cat); set -e; eval "$body" </dev/null',
      script.text,
    )
    if (code !== 0) throw new Error(`status ${code}: ${stderr}${stdout}`)
    return stdout
  }
  const typeOf = (r: Resource) => r.type as unknown as Any
  const itemOf = (r: Resource): Item<object> => ({ name: r.name, props: r.props })
  const look = async (resources: readonly Resource[]) => {
    const said = (await run(probeOf(typeOf(resources[0] as Resource), resources.map(itemOf))))
      .split('\n')
      .map((line) => line.split('\t'))
    return ({ name, id }: Resource): readonly Fields[] => {
      const own = said.filter(([first]) => first === name).map(([, ...fields]) => fields)
      if (own.length === 0) throw new Error(`no answer for ${id}`)
      return own
    }
  }
  const records = async (resource: Resource) => (await look([resource]))(resource)
  const plan = async (...resources: readonly Resource[]): Promise<readonly Verdict[]> => {
    const type = typeOf(resources[0] as Resource)
    const recordsOf = await look(resources)
    return resources.map((r) => {
      const own = recordsOf(r)
      return type.diff(r.props, type.parse(own), [])
    })
  }
  const converge = async (...resources: readonly Resource[]) => {
    const first = await plan(...resources)
    const differing = resources.filter((_, i) => !isEmpty(first[i] as Verdict))
    const type = typeOf(resources[0] as Resource)
    const groups = type.applyTogether ? [differing] : differing.map((r) => [r])
    let said = ''
    for (const group of groups)
      if (group.length > 0) said += await run(join([type.functions ?? empty, repair(type, group.map(itemOf))]))
    const second = await plan(...resources)
    if (!second.every(isEmpty)) throw new Error(`did not converge: ${JSON.stringify(second)}\n${said}`)
    return { plan: first, said }
  }
  return { run, records, plan, converge }
}

/** The same by a host's name, as text; `refused`: the text of a refusal. */
export function inWords(host: (name: string) => SandboxHost, refused: (refusal: Refusal) => string) {
  const texts = (verdict: Verdict = []): readonly string[] =>
    'refusal' in verdict ? [refused(verdict)] : verdict.map((change) => `${change.action} ${changeText(change)}`)
  return {
    /** Applies the differences, and describes them. */
    mends: async (name: string, wanted: Resource) => texts((await onHost(host(name)).converge(wanted)).plan[0]),
    plans: async (name: string, wanted: Resource) => texts((await onHost(host(name)).plan(wanted))[0]),
  }
}

/** The message of a promise that must fail. @throws if it does not fail */
export async function failure(promise: Promise<unknown>, what = 'it'): Promise<string> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  )
  if (outcome === undefined) throw new Error(`${what} should have failed`)
  return outcome
}
