import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Instance, isLive, type Opening, type Provider, TAG } from '../../src/cloud/provider.ts'

/** The stored state of an instance. */
interface Kept extends Instance {
  readonly token: string
}

/**
 * The smallest possible cloud: each instance is a file in a folder. A real one calls its service instead of reading and
 * writing files, and turns the service's errors into `CloudError`s.
 */
export function folderCloud(folder: string, { account }: Pick<Opening, 'account'>): Provider {
  mkdirSync(folder, { recursive: true })
  const all = (): readonly Kept[] =>
    readdirSync(folder).map((name): Kept => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  const write = (kept: Kept): Kept => {
    writeFileSync(join(folder, `${kept.id}.json`), JSON.stringify(kept))
    return kept
  }
  const change = async (id: string, more: Partial<Kept>): Promise<void> => {
    for (const kept of all().filter((each) => each.id === id)) write({ ...kept, ...more })
  }
  return {
    name: account.provider,
    whose: async () => `the folder ${folder}`,
    image: async ({ image }) => image,
    places: async () => [{ subnet: 'all', cidr: '10.0.0.0/24' }],
    check: async (orders) =>
      orders.flatMap(({ host, settings: { image } }) =>
        image === 'debian-12' ? [] : [`${host}: there is no image ${image} in ${folder}`],
      ),
    describe: async () => all().filter(({ tags }) => tags[TAG.cluster] === account.cluster),
    create: async ({ token, tags, privateAddress }) => {
      const before = all()
      const known = before.find((each) => each.token === token) // a repeated order makes no second instance
      const id = `f-${createHash('sha256').update(token).digest('hex').slice(0, 12)}`
      const address = privateAddress ?? `10.0.0.${before.length + 100}`
      return known ?? write({ id, token, tags, state: 'running', privateAddress: address })
    },
    tag: async (id, tags) => {
      const kept = all().find((each) => each.id === id)
      await change(id, { tags: { ...kept?.tags, ...tags } })
    },
    start: (id) => change(id, { state: 'running' }),
    stop: (id) => change(id, { state: 'stopped' }),
    end: (id) => change(id, { state: 'ended' }),
    console: async () =>
      all()
        .filter(isLive)
        .map(({ id }) => `${id} login:`),
  }
}
