import type { Duplex } from 'node:stream'
import { aborted } from '../sentence.ts'
import type { Link, LinkSources } from './live-link.ts'
import { Opening } from './opening.ts'
import type { Route } from './route.ts'

/**
 * Connects and logs in once. `through` is a bastion's channel that replaces a connection of our own.
 * @throws TransportError
 */
export async function openLink(
  route: Route,
  sources: LinkSources,
  through: Duplex | undefined,
  signal?: AbortSignal,
): Promise<Link> {
  const opening = new Opening(route, sources, through)
  const abort = (): void => opening.fail(aborted())
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  try {
    return await opening.open()
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
