/** What events have said about tasks: an answer that Marathon began before an event does not reflect it. */
export interface Marks {
  readonly tasks: ReadonlySet<string>
  add(task: string): void
  /** Forgets tasks that an answer, requested at `began`, no longer lists. */
  keep(listed: ReadonlySet<string>, began: number): void
}

/** No marks yet. Times are `performance.now()`. */
export function marks(): Marks {
  const since = new Map<string, number>()
  return {
    get tasks() {
      return new Set(since.keys())
    },
    add: (task) => void since.set(task, performance.now()),
    keep(listed, began) {
      for (const [task, at] of since) if (at < began && !listed.has(task)) since.delete(task)
    },
  }
}
