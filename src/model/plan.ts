import type { Change, Contents, Refusal } from './resource.ts'

/** One resource that differs, as plain data that a plan prints, stores and compares. */
export interface Step {
  /** `TYPE NAME`. */
  readonly resource: string
  readonly type: string
  readonly name: string
  readonly changes: readonly Change[]
  /** Set if the difference must not be applied and was not waived. */
  readonly refusal?: Refusal
  /** For a file: its content before and after. Only a recipe's `refuse` receives it: it is neither shown nor stored. */
  readonly contents?: Contents
}

/** Everything that differs on a host, in the order in which it is applied. */
export interface Plan {
  readonly host: string
  readonly steps: readonly Step[]
  /** Warnings that are not steps. */
  readonly warnings: readonly string[]
  /** Packages that the package manager will install in addition: `NAME VERSION`. */
  readonly alsoInstalls: readonly string[]
  /** The quorums (recipes) of which this host is a running member that its steps interrupt, so that it needs a turn. */
  readonly rolls: readonly string[]
}

/**
 * A change as one line for users. Leaves out the attribute's name if one of its values implies it ("inactive →
 * running").
 */
export function changeText({ attribute, from, to, text }: Pick<Change, 'attribute' | 'from' | 'to' | 'text'>): string {
  const values =
    from !== undefined && to !== undefined ? [from, '→', to] : [from ?? to].filter((value) => value !== undefined)
  const said = attribute === undefined || attribute === from || attribute === to ? [] : [attribute]
  const about = attribute === undefined ? '' : [...said, ...values].join(' ')
  return [about, text ?? ''].filter((part) => part !== '').join(values.length === 0 ? ' ' : ', ')
}

/** The same change with every value that may contain a host's output made safe to print. */
function fitted({ from, to, text, diff, ...change }: Change, fit: (text: string) => string): Change {
  const texts = Object.entries({ from, to, text, diff }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return { ...change, ...Object.fromEntries(texts.map(([name, value]) => [name, fit(value)])) }
}

/** A plan with every text that may come from a host made safe to print. */
export const withTexts = (plan: Plan, fit: (text: string) => string): Plan => ({
  ...plan,
  steps: plan.steps.map((step) => ({
    ...step,
    changes: step.changes.map((change) => fitted(change, fit)),
    ...(step.refusal === undefined
      ? {}
      : { refusal: { ...step.refusal, reason: fit(step.refusal.reason), remedy: fit(step.refusal.remedy) } }),
  })),
  warnings: plan.warnings.map(fit),
})
