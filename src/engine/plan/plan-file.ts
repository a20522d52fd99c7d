import { createHash, randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { there, UserError } from '../../lib/user-error.ts'
import { changeText } from '../../model/plan.ts'
import type { Change } from '../../model/resource.ts'
import type { Decision } from './decide.ts'

/**
 * A plan that was saved, to be applied later exactly as it was reviewed. Holds no secrets: anything derived from one is
 * salted and hashed.
 */
export interface PlanFile {
  readonly format: 'provision-plan-1'
  readonly written: string
  readonly by: string
  readonly salt: string
  /** Where each host was; plans of earlier versions do not say. */
  readonly addresses?: Readonly<Record<string, string>>
  readonly hosts: Readonly<Record<string, readonly PlannedStep[]>>
}

/** A change as a plan file stores it. */
export type PlannedChange = Omit<Change, 'action' | 'fingerprint'> & { readonly action: string }

/** One step as a plan file stores it. */
export interface PlannedStep {
  readonly resource: string
  readonly changes: readonly PlannedChange[]
  /** Salted digest of what the text does not show. */
  readonly digest: string
}

const digest = (salt: string, text: string): string => createHash('sha256').update(`${salt}\n${text}`).digest('hex')

const planned = (decision: Decision, salt: string): readonly PlannedStep[] =>
  decision.plan.steps.map(({ resource, changes }, i) => ({
    resource,
    changes,
    digest: digest(salt, there(decision.fingerprints[i], 'a fingerprint')),
  }))

/** Makes a plan file of decisions; `addressOf` says where a host is. */
export function planFile(decisions: readonly Decision[], by: string, addressOf: (host: string) => string): PlanFile {
  const salt = randomBytes(16).toString('hex')
  return {
    format: 'provision-plan-1',
    written: new Date().toISOString(),
    by,
    salt,
    addresses: Object.fromEntries(decisions.map(({ plan: { host } }) => [host, addressOf(host)])),
    hosts: Object.fromEntries(decisions.map((d) => [d.plan.host, planned(d, salt)])),
  }
}

/** The file is not a plan file, or not for this inventory. */
export class PlanFileError extends UserError {
  override readonly name = 'PlanFileError'
}

const schema = v.object({
  format: v.literal('provision-plan-1'),
  written: v.string(),
  by: v.string(),
  salt: v.string(),
  addresses: v.exactOptional(v.record(v.string(), v.string())),
  hosts: v.record(
    v.string(),
    v.array(
      v.object({
        resource: v.string(),
        changes: v.array(
          v.object({
            action: v.string(),
            attribute: v.exactOptional(v.string()),
            from: v.exactOptional(v.string()),
            to: v.exactOptional(v.string()),
            text: v.exactOptional(v.string()),
            diff: v.exactOptional(v.string()),
          }),
        ),
        digest: v.string(),
      }),
    ),
  ),
})

/** Reads a plan file's text. @throws PlanFileError */
export function parsePlanFile(text: string, path: string): PlanFile {
  const hint = `Make one with: provision plan --out ${path}`
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new PlanFileError(`${path} is not a plan file: it is not JSON. ${hint}`)
  }
  const read = v.safeParse(schema, value)
  if (!read.success) throw new PlanFileError(`${path} is not a plan file of this version. ${hint}`)
  return read.output
}

const lineOf = ({ resource, changes }: PlannedStep): string => `${resource}: ${changes.map(changeText).join('; ')}`

/**
 * What two plans must agree on. Leaves out the words for users beside an attribute, since another version may phrase
 * them differently.
 */
const compared = ({ resource, changes, digest }: PlannedStep): string => {
  const data = changes.map(({ action, attribute, from, to, text, diff }) => [
    action,
    attribute,
    from,
    to,
    attribute === undefined ? text : null,
    diff,
  ])
  return JSON.stringify([resource, data, digest])
}

/**
 * The lines on which the current plan differs from the saved one, each starting with `-` (was planned) or `+` (would be
 * done now). Empty if they are equal.
 */
export function compareToFile(decision: Decision, file: PlanFile): readonly string[] {
  const before = file.hosts[decision.plan.host] ?? []
  const now = planned(decision, file.salt)
  const same = (a: PlannedStep, b: PlannedStep | undefined): boolean => b !== undefined && compared(a) === compared(b)
  if (before.length === now.length && before.every((step, i) => same(step, now[i]))) return []
  const gone = before.filter((step) => !now.some((other) => same(step, other)))
  const come = now.filter((step) => !before.some((other) => same(step, other)))
  if (gone.length === 0 && come.length === 0) return ['the same steps, in another order']
  return [
    ...gone.map((s) => `- ${lineOf(s)}`),
    ...come.map((s) => `+ ${lineOf(s)}${gone.some((g) => lineOf(g) === lineOf(s)) ? ' (with other content)' : ''}`),
  ]
}
