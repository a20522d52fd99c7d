/** One event of a stream. */
export interface StreamEvent {
  readonly event: string
  readonly data: string
}

/** The longest accepted event, in characters; Marathon sends none that is longer. */
const MOST = 16 * 1024 * 1024

/**
 * Parses server-sent events: takes chunks of text, and returns the events that each completes.
 * @throws Error if a line does not end.
 */
export function eventReader(): (chunk: string) => readonly StreamEvent[] {
  let rest = ''
  let event = ''
  let data: string[] = []
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MOST) throw new Error('the event stream has a line that does not end')
    return lines.flatMap((line) => {
      const [, field, value = ''] = /^(event|data): ?(.*?)\r?$/.exec(line) ?? []
      if (field === 'event') event = value
      if (field === 'data') data.push(value)
      if (line !== '' && line !== '\r') return []
      const complete = data.length > 0 ? [{ event, data: data.join('\n') }] : []
      event = ''
      data = []
      return complete
    })
  }
}
