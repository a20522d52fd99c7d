/** Pauses a live report while a question is asked on the terminal. */
export interface Quiet {
  readonly active: boolean
  begin(): void
  end(): void
  /** Calls back whenever `active` changes. */
  watch(listener: () => void): void
}

/** An inactive {@link Quiet}. Every `begin` needs an `end`. */
export function makeQuiet(): Quiet {
  let depth = 0
  const listeners: (() => void)[] = []
  const change = (by: number): void => {
    depth += by
    for (const listener of listeners) listener()
  }
  return {
    get active() {
      return depth > 0
    },
    begin: () => change(1),
    end: () => change(-1),
    watch: (listener) => void listeners.push(listener),
  }
}
