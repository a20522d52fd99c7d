import type { Fault } from '../../../lib/check.ts'
import { type Json, list, object, text } from '../../../lib/json.ts'
import type { Path } from '../../../lib/json-path.ts'
import { type MarathonRule, objects, wrong, wrongIf } from './rule.ts'

const SOURCES = ['hostPath', 'persistent', 'external', 'secret']

function engine({ container, gpus }: Json): readonly Fault[] {
  if (container === undefined) return []
  const { type = 'DOCKER', docker, linuxInfo } = object(container)
  const { credential, pullConfig, parameters } = object(docker)
  const at: Path = ['container', 'docker']
  if (type !== 'DOCKER')
    return wrongIf(
      list(parameters).length > 0,
      [...at, 'parameters'],
      `are options of docker run, and container.type "${type}" does not use Docker: leave them out`,
    )
  return [
    ...wrongIf(
      docker === undefined,
      at,
      'is missing: write {"image": "registry.example.com/web:1.2"}, or type "MESOS"',
    ),
    ...wrongIf(
      linuxInfo !== undefined,
      ['container', 'linuxInfo'],
      'is not read with Docker: write container.docker.parameters, like {"key": "security-opt", "value": "…"}',
    ),
    ...wrongIf(Number(gpus ?? 0) > 0, ['gpus'], 'go with container.type "MESOS" only'),
    ...wrongIf(
      credential !== undefined,
      [...at, 'credential'],
      'is read by no Marathon since 1.5: write the login into vars.docker.registries of the inventory',
    ),
    ...wrongIf(
      pullConfig !== undefined,
      [...at, 'pullConfig'],
      'does not go with Docker: write the login into vars.docker.registries of the inventory',
    ),
  ]
}

/** A volume that stays on its agent when its task ends. */
function persistent(volume: Json, at: Path): readonly Fault[] {
  const { containerPath, mode, persistent: kept } = volume
  return [
    ...wrongIf(
      text(containerPath).includes('/'),
      [...at, 'containerPath'],
      'of a persistent volume is a name in the sandbox, without "/"',
    ),
    ...wrongIf(mode === 'RO', [...at, 'mode'], 'of a persistent volume must be "RW"'),
    ...wrongIf(object(kept).size === 0, [...at, 'persistent', 'size'], 'must be at least 1'),
  ]
}

function volumes(app: Json): readonly Fault[] {
  return objects(object(app.container).volumes).flatMap((volume, i) => {
    const at: Path = ['container', 'volumes', i]
    const [source, another] = SOURCES.filter((each) => volume[each] !== undefined)
    if (source === undefined) return wrong(at, 'says not what is mounted: add hostPath, or persistent')
    if (another !== undefined) return wrong([...at, another], `cannot stand beside ${source}: a volume has one source`)
    const noMode = wrongIf(
      source !== 'secret' && volume.mode === undefined,
      [...at, 'mode'],
      'is missing: write "RO" or "RW"',
    )
    return [...noMode, ...(source === 'persistent' ? persistent(volume, at) : [])]
  })
}

/** An app whose tasks keep data on their agents. */
function resident(app: Json): readonly Fault[] {
  const keeps = objects(object(app.container).volumes).some((volume) => volume.persistent !== undefined)
  if (!keeps && app.residency === undefined) return []
  const { maximumOverCapacity: over } = object(app.upgradeStrategy)
  return [
    ...wrongIf(
      Number(over ?? 0) > 0,
      ['upgradeStrategy', 'maximumOverCapacity'],
      'must be 0 for an app with residency or a persistent volume',
    ),
    ...wrongIf(
      keeps && typeof app.unreachableStrategy === 'object',
      ['unreachableStrategy'],
      'must be "disabled" for an app with a persistent volume, or be left out',
    ),
  ]
}

/** The container and what is mounted into it. */
export const container: MarathonRule = {
  reads: ['container', 'gpus', 'residency', 'upgradeStrategy', 'unreachableStrategy'],
  find: (app) => [...engine(app), ...volumes(app), ...resident(app)],
}
