import { object } from '../lib/json.ts'

/**
 * Makes a host's text fit for one sentence: removes control sequences, folds white space, and keeps at most `max`
 * characters.
 */
export function oneLine(text: string, max = 300): string {
  const plain = text
    // whole CSI and OSC sequences, then any remaining control characters
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)/g, '')
    .replace(/[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim()
  return plain.length > max ? `${plain.slice(0, max - 1)}…` : plain
}

/** The text of any error, on one line. */
export const said = (error: unknown): string => {
  const { message } = object(error)
  return oneLine(String(message ?? error))
}

/** Milliseconds as seconds, for sentences. */
export const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`

/** Why this process did not even try to connect: it has as many files open as it may. */
export const ownLimit = (where: string): string =>
  `this process may open no more files, so that it cannot connect to ${where}: raise its limit (ulimit -n), or lower --forks`
