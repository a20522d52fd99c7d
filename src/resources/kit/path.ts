import { brief } from '../../lib/message.ts'

/** The kernel's limit, less what the longest hidden name beside a path adds. */
const LONGEST = 4095 - '..provision-old'.length

/**
 * Checks the path in a resource's name.
 * @throws TypeError unless it is absolute, plain (no `..`, no doubled or final slash) and without control characters.
 */
export function absolutePath(type: string, path: string): string {
  const say = (what: string): never => {
    throw new TypeError(brief(`${type} ${JSON.stringify(path)}: ${what}`))
  }
  if (!path.startsWith('/')) say('the path must be absolute')
  if (/[\x00-\x1f\x7f]/.test(path)) say('the path contains a control character')
  if (
    path !== '/' &&
    path
      .split('/')
      .slice(1)
      .some((part) => part === '' || part === '.' || part === '..')
  )
    say('write the path without "..", "." and doubled or final slashes')
  if (Buffer.byteLength(baseName(path)) > 244) say('the name is too long') // `.NAME.provision` must fit into 255 bytes
  if (Buffer.byteLength(path) > LONGEST || path.split('/').some((part) => Buffer.byteLength(part) > 255))
    say('the path is too long')
  return path
}

/** Like {@link absolutePath}, for paths that cannot be the root directory: of files, links, archives and checkouts. */
export function pathBelowRoot(type: string, path: string): string {
  if (path === '/') throw new TypeError(`${type} "/": that is the root directory; name a path below it`)
  if (/^\/(proc|sys)(\/|$)/.test(path))
    throw new TypeError(
      brief(
        `${type} ${JSON.stringify(path)}: that is the kernel's, and holds no files; use sysctl(…), or a unit that sets it`,
      ),
    )
  return absolutePath(type, path)
}

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The directory that contains a path. */
export const dirName = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

/** The one hidden name beside `path` under which its replacement is made. */
export const hiddenPath = (path: string): string =>
  `${path.slice(0, path.lastIndexOf('/'))}/.${baseName(path)}.provision`
