import { createHash, randomBytes } from 'node:crypto'
import type { Decision } from './diff.ts'

/** A plan that was written down, to be applied later exactly as it was reviewed. Holds no secret: what it could hold is salted and hashed. */
export interface PlanFile {
  readonly format: 'provision-plan-1'
  readonly written: string
  readonly by: string
  readonly salt: string
  readonly hosts: Readonly<Record<string, readonly PlannedStep[]>>
}

/** One step as a plan file keeps it. */
export interface PlannedStep {
  readonly resource: string
  readonly changes: readonly { readonly action: string; readonly text: string; readonly diff?: string }[]
  /** Salted digest of what the text does not say. */
  readonly digest: string
}

const digest = (salt: string, text: string): string => createHash('sha256').update(`${salt}\n${text}`).digest('hex')

const planned = (decision: Decision, salt: string): readonly PlannedStep[] =>
  decision.plan.steps.map(({ resource, changes }, i) => ({ resource, changes, digest: digest(salt, decision.fingerprints[i] as string) }))

/** Writes decisions down. */
export function planFile(decisions: readonly Decision[], by: string): PlanFile {
  const salt = randomBytes(16).toString('hex')
  return {
    format: 'provision-plan-1',
    written: new Date().toISOString(),
    by,
    salt,
    hosts: Object.fromEntries(decisions.map((d) => [d.plan.host, planned(d, salt)])),
  }
}

/** A plan file that is none. */
export class PlanFileError extends Error {
  override readonly name = 'PlanFileError'
}

/** Reads a plan file's text. @throws PlanFileError */
export function parsePlanFile(text: string, path: string): PlanFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new PlanFileError(`${path} is not a plan file: it is not JSON. Make one with: provision plan --out ${path}`)
  }
  const file = value as Partial<PlanFile> | null
  const hosts = file?.hosts
  const sound =
    file?.format === 'provision-plan-1' &&
    typeof file.salt === 'string' &&
    typeof hosts === 'object' &&
    hosts !== null &&
    Object.values(hosts).every(
      (steps) =>
        Array.isArray(steps) &&
        steps.every(
          (s: Partial<PlannedStep>) => typeof s?.resource === 'string' && typeof s.digest === 'string' && Array.isArray(s.changes),
        ),
    )
  if (!sound) throw new PlanFileError(`${path} is not a plan file of this version. Make one with: provision plan --out ${path}`)
  return file as PlanFile
}

const lineOf = ({ resource, changes }: PlannedStep): string => `${resource}: ${changes.map((c) => c.text).join('; ')}`

/** Where a plan now differs from the one that was written down: lines that begin with `-` (was planned) or `+` (would be done now). Empty: they are equal. */
export function compareToFile(decision: Decision, file: PlanFile): readonly string[] {
  const before = file.hosts[decision.plan.host] ?? []
  const now = planned(decision, file.salt)
  const same = (a: PlannedStep | undefined, b: PlannedStep | undefined) =>
    JSON.stringify([a?.resource, a?.changes, a?.digest]) === JSON.stringify([b?.resource, b?.changes, b?.digest])
  if (before.length === now.length && before.every((step, i) => same(step, now[i]))) return []
  const gone = before.filter((step) => !now.some((other) => same(step, other)))
  const come = now.filter((step) => !before.some((other) => same(step, other)))
  if (gone.length === 0 && come.length === 0) return ['the same steps, in another order']
  return [
    ...gone.map((s) => `- ${lineOf(s)}`),
    ...come.map((s) => `+ ${lineOf(s)}${gone.some((g) => lineOf(g) === lineOf(s)) ? ' (with other content)' : ''}`),
  ]
}
