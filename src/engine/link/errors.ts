/** Another run holds the host's lock. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
  readonly owner: string
  constructor(owner: string) {
    super(`another run holds this host: ${owner}. Wait for it, or use --wait.`)
    this.owner = owner
  }
}

/** A run that ended before its script did. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}
