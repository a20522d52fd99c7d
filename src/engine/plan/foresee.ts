import type { Clean } from '../../model/clean.ts'
import type { Connection } from '../../transport/transport.ts'
import type { Decision } from './decide.ts'

/** Asks a host what carrying a plan out would bring along beside its steps: one line each. What cannot be told is left out. @throws TransportError */
export async function foresee(connection: Connection, { resources }: Decision, clean: Clean): Promise<readonly string[]> {
  const lines: string[] = []
  for (const type of new Set(resources.map((r) => r.type))) {
    const items = resources.filter((r) => r.type === type).map(({ name, props }) => ({ name, props: props as never }))
    const script = type.foresee?.(items)
    if (script === undefined || script.text === '') continue
    const exec = connection.exec(script, { maxStdout: 1024 * 1024 })
    const chunks: Buffer[] = []
    exec.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    const { code } = await exec.done
    if (code === 0) lines.push(...Buffer.concat(chunks).toString('utf8').split('\n').map(clean).filter(Boolean))
  }
  return lines
}
