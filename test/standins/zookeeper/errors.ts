const NAMES: Readonly<Record<number, string>> = {
  [-4]: 'ConnectionLoss',
  [-101]: 'NoNode',
  [-102]: 'NoAuth',
  [-103]: 'BadVersion',
  [-108]: 'NoChildrenForEphemerals',
  [-110]: 'NodeExists',
  [-111]: 'NotEmpty',
  [-112]: 'SessionExpired',
  [-115]: 'AuthFailed',
}

/** A request that ZooKeeper refused, or that has no answer because the connection or the session went. */
export class ZkError extends Error {
  /** `NoNode`, `NodeExists`, `BadVersion`, `ConnectionLoss`, `SessionExpired` … */
  readonly code: string

  constructor(code: number, what: string) {
    const name = NAMES[code] ?? `error ${code}`
    super(`ZooKeeper: ${what}: ${name}`)
    this.code = name
  }
}

export const CONNECTION_LOSS = -4
export const SESSION_EXPIRED = -112
