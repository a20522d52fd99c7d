import pLimit from 'p-limit'
import type { Definition } from '../../clients/marathon-answers.ts'
import { message } from '../../lib/message.ts'
import { alwaysPulled, imageOf, isDocker } from '../app/version.ts'
import { FullDiskError } from '../live-cluster.ts'
import { RefusedError, type Run } from '../rollout/run.ts'
import type { ImageFile } from './archive.ts'

/** How many slaves pull at once, to spare the registry and the network. */
const AT_ONCE = 5

/** Is it an error of the link to a host? Compared by name, because this module must not import that class. */
const isLink = (error: unknown): boolean => error instanceof Error && error.name === 'TransportError'

/** Which variable has what slaves know of an image's registry, or lacks it, which may be why the pull failed. */
function whichLogin(image: string, registries: readonly string[]): readonly string[] {
  const [, registry] = /^([^/]*[.:][^/]*|localhost)\//.exec(image) ?? []
  const named = registry ?? 'docker.io'
  if (registries.includes(named))
    return [`Slaves have what vars.docker.registries["${named}"] was (login, CA) when provision last ran there.`]
  return registry === undefined ? [] : [`vars.docker.registries has no login and no CA for ${registry}.`]
}

/** Does Mesos start tasks on a slave? So it is if Mesos does not answer. */
async function takesTasks({ cluster }: Run, host: string): Promise<boolean> {
  const agents = await cluster.agents()
  return agents === undefined || agents.some((agent) => cluster.name(agent.host) === host)
}

/**
 * Brings an image that Docker runs to all slaves before anything is changed, because a slow pull would count as a
 * failed start. Reports an unreachable slave and continues, because Mesos starts nothing there.
 * @throws RefusedError if a slave cannot get the image, or its disk is full
 */
export async function bringImage(run: Run, definition: Definition, file: ImageFile | undefined): Promise<void> {
  const image = imageOf(definition)
  if (image === '' || !isDocker(definition)) {
    if (file === undefined) return
    const why =
      image === ''
        ? 'has no container.docker.image'
        : `has container.type "MESOS", and Mesos gets ${image} from its registry itself`
    throw new RefusedError(`the app ${why}, so ${file.path} cannot be used`)
  }
  if (file !== undefined && !file.images.has(image))
    throw new RefusedError(
      `${file.path} contains ${[...file.images.keys()].join(', ') || 'no image with a name'}, but the app wants ${image}`,
    )
  const always = alwaysPulled(definition)
  if (file !== undefined && always !== undefined)
    throw new RefusedError(
      `${always} lets ${image} be pulled from a registry at every start, whatever ${file.path} contains: leave it out`,
    )
  const limit = pLimit(AT_ONCE)
  const trouble: string[] = []
  const full: string[] = []
  const hints = new Set<string>()
  const one = async (slave: Run['cluster']['slaves'][number]): Promise<void> => {
    if (run.signal.aborted) return
    try {
      await slave.image(image, file, (state) => run.emit({ event: 'image', host: slave.host, state }))
    } catch (error) {
      const says = message(error)
      run.emit({ event: 'image', host: slave.host, state: isLink(error) ? 'unreachable' : 'absent', says })
      if (isLink(error)) return
      if (error instanceof FullDiskError) {
        if (await takesTasks(run, slave.host)) full.push(`${slave.host} can start no task: ${says}`)
        return
      }
      trouble.push(`${slave.host} cannot get ${image}: ${says}`)
      if (file === undefined) for (const each of whichLogin(image, slave.registries ?? [])) hints.add(each)
    }
  }
  await Promise.all(run.cluster.slaves.map((slave) => limit(() => one(slave))))
  if (full.length > 0) hints.add('Make room there, or take the slave out of service (provision drain).')
  const all = [...trouble, ...full]
  if (all.length > 0) throw new RefusedError(`${[...all, ...hints].join('\n')}\nNothing was sent to Marathon.`)
}
