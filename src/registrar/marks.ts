/** What events said of tasks: an answer of Marathon's that was begun before an event knows nothing of it. */
export interface Marks {
  readonly tasks: ReadonlySet<string>
  add(task: string): void
  /** Forgets those that an answer, asked for at `began`, does not list any more. */
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
