import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { isQuorum } from '../../inventory/cloud/merge.ts'
import { compact } from '../../lib/compact.ts'
import { inHome } from '../../lib/kept/home.ts'
import { codeOf, whyUnread } from '../../lib/message.ts'
import type { CloudHost } from '../../model/cloud.ts'
import type { InventoryHost } from '../../model/host.ts'
import type { Role } from '../../model/recipe.ts'
import { recipesOf } from '../../model/recipes-of.ts'
import { CloudError, type Order, type Place, TAG } from '../provider.ts'
import type { KeyPair } from './host-key.ts'

/** The login user of images that we know. */
export function userOf(image: string): string | undefined {
  if (/^(debian-|resolve:ssm:\/aws\/service\/debian\/)/.test(image)) return 'admin'
  return /^(ubuntu-|resolve:ssm:\/aws\/service\/canonical\/)/.test(image) ? 'ubuntu' : undefined
}

/**
 * The public key to allow: the named one, else the one beside the private key, else the user's own.
 * @param folder where relative paths start
 * @throws CloudError if there is none
 */
export function loginKey(host: InventoryHost, settings: CloudHost, folder: string): string {
  const beside = host.ssh.identityFile === undefined ? '~/.ssh/id_ed25519.pub' : `${host.ssh.identityFile}.pub`
  const named = inHome(settings.loginKey ?? beside)
  const path = isAbsolute(named) ? named : resolve(folder, named)
  const wrong = (why: string): CloudError =>
    new CloudError(
      'refused',
      `nobody could log in to ${host.name}: ${path} ${why}. Name a public key: "cloud": { "loginKey": … }`,
    )
  try {
    const key = readFileSync(path, 'utf8').trim()
    if (!/^[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?$/.test(key)) throw wrong('contains no public key')
    return key
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    throw wrong(`cannot be read (${whyUnread(error)})`)
  }
}

/** The user data for cloud-init's first boot: installs the host key that we know, and authorizes our key. */
export const userData = (hostKey: KeyPair, login: readonly string[]): string =>
  `#cloud-config\n${JSON.stringify({
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: `${hostKey.publicKey}\n` },
    ...(login.length > 0 ? { ssh_authorized_keys: login } : {}),
  })}\n`

/** The order of a host's instance. */
export function makeOrder(
  { name, roles }: InventoryHost,
  settings: CloudHost,
  where: { readonly place: Place; readonly generation: number; readonly image: string },
  known: { readonly hostKey: KeyPair; readonly login: readonly string[]; readonly roles: ReadonlyMap<string, Role> },
): Order {
  const { provider, cluster, region = '', type = '' } = settings
  const { place, generation, image } = where
  const quorums = recipesOf({ roles }, known.roles)
    .filter(isQuorum)
    .map((recipe) => recipe.name)
  const words = [provider, region, cluster, name, String(generation), place.subnet, type, image]
  return {
    host: name,
    generation,
    token: createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 40),
    subnet: place.subnet,
    image,
    ...compact({ privateAddress: settings.privateAddress }),
    settings,
    userData: userData(known.hostKey, known.login),
    tags: {
      [TAG.cluster]: cluster,
      [TAG.host]: name,
      [TAG.generation]: String(generation),
      Name: name,
      ...(roles.length > 0 ? { [TAG.roles]: roles.join(' ').slice(0, 256) } : {}),
      ...(quorums.length > 0 ? { [TAG.quorum]: quorums.join(' ') } : {}),
    },
    protect: quorums.length > 0,
  }
}
