import type { Marathon, StoredVersion } from '../../clients/marathon.ts'
import type { Definition, MarathonApp } from '../../clients/marathon-answers.ts'
import { object, text } from '../../lib/json.ts'
import { sameTasks } from '../rollout/situation.ts'

const textIn = (value: unknown, key: string): string => text(object(value)[key])

/** The tag of an image, or the start of its digest; empty if its name has neither. */
export function imageTag(image: string): string {
  const [name = '', digest] = image.split('@')
  return digest === undefined ? (/:([^/:]+)$/.exec(name)?.[1] ?? '') : digest.slice(0, 19)
}

/** The image of a definition; empty if it has none. */
export const imageOf = ({ container }: Definition): string => textIn(object(container).docker, 'image')

/** Does Docker run it, and not Mesos itself? A command without a container is run by Mesos. */
export const isDocker = ({ container }: Definition): boolean =>
  container !== undefined && container !== null && (textIn(container, 'type') || 'DOCKER') === 'DOCKER'

/** Which member of a definition has its image pulled from a registry at every start, if one does. */
export function alwaysPulled({ container }: Definition): string | undefined {
  const docker = object(object(container).docker)
  if (docker.forcePullImage === true) return 'container.docker.forcePullImage'
  const all: readonly unknown[] = Array.isArray(docker.parameters) ? docker.parameters : []
  const i = all.findIndex((each) => object(each).key === 'pull' && object(each).value === 'always')
  return i === -1 ? undefined : `container.docker.parameters[${i}]`
}

/**
 * The name of a version: its label `version`, else `env.VERSION`, else the tag of its image, else Marathon's timestamp.
 */
export const nameOf = (definition: Definition, version: string): string =>
  textIn(definition.labels, 'version') || textIn(definition.env, 'VERSION') || imageTag(imageOf(definition)) || version

/**
 * The newest stored version with that name (or timestamp) whose tasks differ from those of the current version.
 * @returns the existing names if there is no such version
 */
export async function findVersion(
  marathon: Marathon,
  app: MarathonApp,
  wanted: string,
): Promise<StoredVersion | readonly string[]> {
  const names = new Set<string>()
  for (const version of await marathon.versions(app.id)) {
    if (version === app.version) continue
    const stored = await marathon.version(app.id, version)
    if (stored === undefined || sameTasks(stored.definition, app.definition)) continue
    const name = nameOf(stored.definition, version)
    if (version === wanted || name === wanted) return stored
    names.add(name)
  }
  return [...names]
}
