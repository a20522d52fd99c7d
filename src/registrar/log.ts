/** Logs an event in one line. */
export type Log = (event: string, more?: Readonly<Record<string, unknown>>) => void

/** Writes to a stream, as lines of JSON. */
export const jsonLog =
  (out: { write(text: string): unknown }): Log =>
  (event, more = {}) => {
    out.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...more })}\n`)
  }
