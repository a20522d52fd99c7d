import { readFileSync } from 'node:fs'
import type { Exchange } from './replay.ts'

const headersOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines.flatMap((line) => {
      const found = /^([^:]+): ?(.*)$/.exec(line)
      return found ? [[(found[1] as string).toLowerCase(), found[2] as string]] : []
    }),
  )

/**
 * Reads an exchange from its file: the request, `--`, status and headers, `# took N ms`, the body. Of the headers asked
 * with, Host is left out.
 */
export const parseRecording = (name: string, text: string): Exchange => {
  const [asked, answered] = text.replaceAll('\r', '').split('\n--\n') as [string, string]
  const [head = '', ...body] = asked.split('\n\n')
  const [line = '', ...headers] = head.split('\n')
  const [method = '', path = ''] = line.split(' ')
  const { host: _, ...kept } = headersOf(headers)
  const [top = '', content = ''] = answered.split(/\n# took \d+ ms\n/)
  const [status = '', ...answerHeaders] = top.trim().split('\n')
  return {
    name,
    method,
    path,
    headers: kept,
    body: body.join('\n\n').trim(),
    answers: [{ status: Number.parseInt(status, 10), headers: headersOf(answerHeaders), body: content.trim() }],
  }
}

/** A recorded exchange by its name, from `test/standins/recordings/FOLDER`. */
export const recording = (folder: string, name: string): Exchange =>
  parseRecording(name, readFileSync(new URL(`../standins/recordings/${folder}/${name}.http`, import.meta.url), 'utf8'))
