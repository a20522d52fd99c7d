import { grouped } from '../../lib/grouped.ts'
import { message } from '../../lib/message.ts'
import { there } from '../../lib/user-error.ts'
import type { Facts } from '../../model/facts.ts'
import type { Fields, Item, Resource, ResourceType } from '../../model/resource.ts'
import { type Answer, parseComplaints, parseFrames, type Section } from '../../shell/frame.ts'
import { join, type Script } from '../../shell/script.ts'
import { factsProbe, parseFacts } from './facts.ts'

/** The observed state of a host's resources. */
export interface Observation {
  readonly facts: Facts
  /** The host's clock, seconds since 1970. */
  readonly clock: number
  /** By resource id. Only resources that could be observed. */
  readonly states: ReadonlyMap<string, unknown>
  /** Why resources could not be observed: one sentence per cause. Never mistaken for "absent". */
  readonly errors: readonly string[]
}

const byType = (resources: readonly Resource[]) => grouped(resources, (r) => r.type)

/** The questions that ask for a host's facts and the state of all resources: one probe per type. */
export function questions(resources: readonly Resource[]): readonly Section[] {
  const probes = [...byType(resources)].map(([type, group], i) => ({
    key: `${i}-${type.name}`,
    script: type.observe(group.map(({ name, props }) => ({ name, props }))),
    ...(type.probeFunctions === undefined ? {} : { functions: type.probeFunctions }),
  }))
  return [{ key: 'facts', script: factsProbe }, ...probes]
}

/**
 * The questions for human readers: each type's probe under its name, after the functions that several of them share.
 * Secrets are hidden.
 */
export function shownQuestions(resources: readonly Resource[]): string {
  const [facts, ...types] = questions(resources)
  const shared = [...new Set(types.flatMap(({ functions = [] }) => functions))]
  const titled = (title: string, { shown }: Script): string => `# ${title}\n${shown.trimEnd()}\n`
  return [
    ...(facts === undefined ? [] : [titled('facts', facts.script)]),
    ...(shared.length === 0 ? [] : [titled('what probes share', join(shared))]),
    ...types.map(({ key, script }) => titled(key.slice(key.indexOf('-') + 1), script)),
  ].join('\n')
}

/** The probe of one type as a self-contained script. */
export const probeOf = <Props>(type: ResourceType<Props, unknown>, items: readonly Item<Props>[]): Script =>
  join([...(type.probeFunctions ?? []), type.observe(items)])

const lastWords = (complaint: string | undefined): string =>
  complaint?.split('\n').findLast((line) => line.trim() !== '') ?? 'no message'

/**
 * Like {@link parseObservation}, for answers whose stderr is not split by question; undefined if a state could not be
 * read. Another program, or another run, may have been changing it: only what the second answer says, too, is an error.
 * @throws FrameError if the answer was cut short.
 */
export function parseQuick(nonce: string, stdout: string, resources: readonly Resource[]): Observation | undefined {
  const observed = parseObservation(nonce, stdout, '', resources)
  return observed.errors.length === 0 ? observed : undefined
}

/** Reads the answers to {@link questions}. @throws FrameError if the answer was cut short. */
export function parseObservation(
  nonce: string,
  stdout: string,
  stderr: string,
  resources: readonly Resource[],
): Observation {
  const asked = questions(resources)
  const answers = parseFrames(nonce, stdout, asked)
  const complaints = parseComplaints(nonce, stderr)
  const errors: string[] = []
  const states = new Map<string, unknown>()
  const answered = (key: string): Answer | undefined => {
    const answer = there(answers.get(key), key)
    if (answer.status === 0) return answer
    errors.push(
      `${key.slice(key.indexOf('-') + 1)}: its state cannot be read: ${lastWords(complaints.get(key))} (exit ${answer.status})`,
    )
    return undefined
  }
  const { facts, clock } = parseFacts(there(answers.get('facts'), 'facts').lines)
  let i = 0
  for (const [type, group] of byType(resources)) {
    const answer = answered(`${i++}-${type.name}`)
    if (answer === undefined) continue
    const records = grouped(
      answer.lines.map((line) => line.split('\t')),
      ([name = '']) => name,
    )
    for (const { name, id } of group) {
      const own: readonly Fields[] = (records.get(name) ?? []).map((fields) => fields.slice(1))
      const failed = own.find(([mark]) => mark === '!')
      if (own.length === 0) errors.push(`${id}: its probe said nothing about it`)
      else if (failed !== undefined) errors.push(`${id}: its state cannot be read: ${failed.slice(1).join(' ')}`)
      else {
        try {
          states.set(id, type.parse(own))
        } catch (error) {
          errors.push(`${id}: its probe's answer makes no sense: ${message(error)}`)
        }
      }
    }
  }
  return { facts, clock, states, errors }
}
