import { object, text, list as values } from '../../lib/json.ts'
import { list, type Rule, refuse } from './rule.ts'

/** Volumes with which Docker starts no container. */
const volumes: Rule = ({ container }) => {
  const { type = 'DOCKER', volumes } = object(container)
  if (type !== 'DOCKER') return []
  const paths = list(volumes).map(({ containerPath }) => text(containerPath).replace(/(?<=.)\/+$/, ''))
  return list(volumes).flatMap(({ hostPath }, i) => {
    const path = paths[i] ?? ''
    const at = `container.volumes[${i}].containerPath`
    if (hostPath !== undefined && !path.startsWith('/'))
      return refuse('volume', at, `${path} is no whole path, and Docker would start no task: write /${path}.`)
    if (paths.indexOf(path) < i)
      return refuse('volume', at, `${path} has another volume already, and Docker would start no task: choose another.`)
    return []
  })
}

/** What Mesos' fetcher gets by itself; for all else, it asks a client of Hadoop. */
const FETCHED = /^(https?|ftps?|file):\/\/|^\//

/** Files that Mesos' fetcher cannot bring, or not to that place. */
const files: Rule = (app) => {
  const all = [
    ...values(app.uris).map((uri, i) => ({ at: `uris[${i}]`, uri, destPath: undefined })),
    ...list(app.fetch).map(({ uri, destPath }, i) => ({ at: `fetch[${i}]`, uri, destPath })),
  ]
  return all.flatMap(({ at, uri, destPath }) => {
    const to = text(destPath)
    if (to.startsWith('/') || to.split('/').includes('..'))
      return refuse('fetch', `${at}.destPath`, `${to} is outside of the task's sandbox, and no task would start.`)
    if (FETCHED.test(text(uri))) return []
    return refuse(
      'fetch',
      at,
      `Mesos gets ${text(uri)} only with Hadoop, which the slaves do not have: no task would start. Offer it over https.`,
    )
  })
}

/** Checks what a task finds in its container besides its image. */
export const mounts: readonly Rule[] = [volumes, files]
