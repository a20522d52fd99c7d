/** Why an offer is not used, in the order of the real one's funnel: what fails at one is not asked for the next. */
export const REASONS = [
  'UnfulfilledRole',
  'UnfulfilledConstraint',
  'NoCorrespondingReservationFound',
  'AgentMaintenance',
  'InsufficientCpus',
  'InsufficientMemory',
  'InsufficientDisk',
  'InsufficientGpus',
  'InsufficientPorts',
  'DeclinedScarceResources',
] as const

export type Reason = (typeof REASONS)[number]

/** How many of a number of attempts each reason saw, and how many it turned away. */
export const funnel = (attempts: readonly (readonly Reason[])[]) =>
  REASONS.map((reason, index) => {
    const earlier: readonly Reason[] = REASONS.slice(0, index)
    const processed = attempts.filter((reasons) => !reasons.some((r) => earlier.includes(r)))
    return {
      reason,
      declined: processed.filter((reasons) => reasons.includes(reason)).length,
      processed: processed.length,
    }
  })
