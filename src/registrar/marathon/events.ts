/** One event of a stream. */
export interface StreamEvent {
  readonly event: string
  readonly data: string
}

/** No event of Marathon's is longer; more is a wrong peer. In characters. */
const MOST = 16 * 1024 * 1024

/**
 * Reads server-sent events from chunks of text: give it each chunk, get the events that it completes.
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
