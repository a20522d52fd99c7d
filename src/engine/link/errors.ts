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

/** The link was lost before the host began its script, which it will not do any more: nothing was changed. */
export class NotBegunError extends Error {
  override readonly name = 'NotBegunError'
  constructor() {
    super('the connection was lost each time before its script began; nothing was changed')
  }
}
