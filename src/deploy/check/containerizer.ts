import type { Containerizers } from '../../clients/settings/mesos.ts'
import { imageOf, isDocker } from '../app/version.ts'
import { eligible } from './room.ts'
import { type Rule, refuse } from './rule.ts'

/** Says why tasks that a slave cannot start would fail there, and what to do. */
const failing = (who: string, needs: string, instead: string): string =>
  `${who} cannot start this, and each task there would fail: ${needs}. ${instead}`

/** A container that slaves on which the app may run cannot start. */
export const containerizer: Rule = (app, { agents, containerizers = [] }) => {
  const allowed = agents && new Set(eligible(app, agents).map(({ host }) => host))
  const on = containerizers.filter(({ hostname }) => allowed === undefined || allowed.has(hostname))
  const docker = isDocker(app)
  const image = imageOf(app)
  const without = (lacks: (of: Containerizers) => boolean): string =>
    on
      .filter(lacks)
      .map(({ host }) => host)
      .join(', ')
  const at = app.container === undefined ? 'container' : 'container.type'
  const engine = docker ? 'docker' : 'mesos'
  const missing = without(({ names }) => !names.includes(engine))
  if (missing !== '')
    return refuse(
      'containerizer',
      at,
      failing(
        missing,
        `vars.mesos-agent.containerizers has no "${engine}"`,
        docker
          ? 'Add it, or keep the app off with a constraint.'
          : 'Add it, or run an image with container.type "DOCKER".',
      ),
    )
  const imageless = docker || image === '' ? '' : without(({ images }) => !images)
  if (imageless === '') return []
  return refuse(
    'containerizer',
    at,
    failing(
      imageless,
      'Mesos itself gets Docker images only with vars.mesos-agent.flags.image_providers "docker" and the isolation filesystem/linux and docker/runtime',
      'Write container.type "DOCKER", or set these.',
    ),
  )
}
