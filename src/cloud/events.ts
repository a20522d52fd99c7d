/** The outcome for one host. */
export type CloudOutcome =
  | 'launched'
  | 'there'
  | 'planned'
  | 'ended'
  | 'started'
  | 'attached'
  | 'found'
  | 'serving'
  | 'awaited'
  | 'gone'
  | 'stopped'
  | 'failed'
  | 'refused'
  | 'left'

/** Events of commands on instances. Times are in milliseconds since the command began. */
export type CloudEvent =
  | {
      readonly event: 'begin'
      readonly at: number
      readonly command: string
      readonly whose: string
      readonly hosts: readonly string[]
    }
  | { readonly event: 'warning'; readonly at: number; readonly text: string }
  | {
      readonly event: 'step'
      readonly at: number
      readonly host: string
      readonly text: string
      /** What it waits for, if this step is waiting; `text` is then "waits for" it. */
      readonly for?: string
    }
  | {
      readonly event: 'end'
      readonly at: number
      readonly host: string
      readonly outcome: CloudOutcome
      readonly text: string
    }

/** The final result for one host. */
export interface CloudResult {
  readonly host: string
  readonly outcome: CloudOutcome
  readonly text: string
}
