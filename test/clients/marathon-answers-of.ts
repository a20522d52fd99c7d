import { readFileSync } from 'node:fs'

export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: string
}

/** What was answered to the recorded request of that name. */
export function recorded(name: string): Answer {
  const text = readFileSync(new URL(`answers/marathon-${name}.http`, import.meta.url), 'utf8')
  const [head = '', ...rest] = (text.split('\n--\n')[1] as string).split('\n\n')
  const body = rest.join('\n\n').replace(/^# took .*\n+/, '')
  return { status: Number(head.slice(0, 3)), body: body.trim() }
}
export const json = (name: string): unknown => JSON.parse(recorded(name).body)

/** Answers each of these requests with what was recorded for it. */
export const answers =
  (names: Readonly<Record<string, string>>) =>
  (asked: string): Answer =>
    asked in names ? recorded(names[asked] as string) : { status: 500, body: '{"message":"URI not found"}' }
