import { type Net, type Refusal, type Step, sh } from '../../src/index.ts'

/** Will the steps start a unit that does not run? */
export const starts = (steps: readonly Step[], unit: string): boolean =>
  steps.some(
    ({ type, name, changes }) =>
      type === 'service' && name === unit && changes.some(({ attribute, to }) => attribute === 'running' && to === 'running'),
  )

/** Somebody else who listens on the port that a unit, which does not run yet, is about to take. */
export async function portTaken(net: Net, steps: readonly Step[], unit: string, port: number): Promise<readonly Refusal[]> {
  if (!starts(steps, unit)) return []
  const listener = await net.read(sh`command -v ss >/dev/null || exit 0; ss -H -ltnp ${`sport = :${port}`} | head -n 1`)
  if (listener.trim() === '') return []
  const who = /users:\(\("([^"]+)",pid=(\d+)/.exec(listener)
  return [
    {
      refusal: 'port-in-use',
      reason: `Port ${port}, which ${unit} wants, is taken${who === null ? '' : ` by ${who[1]} (process ${who[2]})`}.`,
      remedy: 'End or move that first.',
      changes: [],
    },
  ]
}
