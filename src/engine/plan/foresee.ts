import type { Clean } from '../../model/clean.ts'
import type { Plan } from '../../model/plan.ts'
import { empty, join, type Script, sh } from '../../shell/script.ts'
import { closed, type Over } from '../link/net.ts'
import type { Decision } from './decide.ts'
import { foreseeNeeds } from './needs.ts'

/**
 * What only a further question can tell of a plan: what it would install in addition, and warnings about steps that
 * will fail.
 */
export type Foreseen = Pick<Plan, 'alsoInstalls' | 'warnings'>

type Steps = Pick<Decision, 'resources' | 'all'>

/**
 * Asks a host what these steps would install in addition, and which of them cannot succeed. Leaves out what it cannot
 * answer. @throws TransportError
 */
export async function foresee(over: Over, steps: Steps, clean: Clean): Promise<Foreseen> {
  const alsoInstalls: string[] = []
  const warnings: string[] = []
  const asked = questions(steps)
  if (asked.text === '') return { alsoInstalls, warnings }
  const { script, own } = closed(asked)
  const said = await over(async (connection) => {
    const exec = connection.exec(script, { maxStdout: 1024 * 1024 })
    const chunks: Buffer[] = []
    exec.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    await exec.done
    return own(Buffer.concat(chunks).toString('utf8'))
  })
  for (const line of said.split('\n')) {
    const [mark, name, says] = line.split('\t')
    if (mark === '!') warnings.push(clean(says === undefined ? `${name}` : `${name}: ${says}`))
    else if (line !== '') alsoInstalls.push(clean(line))
  }
  return { alsoInstalls, warnings }
}

/** All questions in one script; a question that fails has no answer. */
function questions({ resources, all }: Steps): Script {
  const ofTypes = [...new Set(resources.map((r) => r.type))].flatMap((type) => {
    const items = resources.filter((r) => r.type === type).map(({ name, props }) => ({ name, props }))
    const script = type.foresee?.(items, resources, all) ?? empty
    if (script.text === '') return []
    return sh`
      answer=$(
      ${script}
      ) && printf '%s\n' "$answer" | sed ${`s/^!\t/!\t${type.name} /`}`
  })
  const needs = foreseeNeeds(resources)
  return join([
    ...ofTypes,
    needs.text === ''
      ? empty
      : sh`
    ( ${needs}
    ) | sed ${'s/^/!\t/'}`,
  ])
}
