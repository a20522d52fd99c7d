import type { Offered } from './artifacts.ts'
import { imageId } from './parts/docker-archive.ts'
import { type Part, part } from './parts.ts'

/**
 * Where hosts get what no Debian package provides: variables by recipe, as in an inventory. The files must be served
 * for as long as hosts need them.
 */
export interface Sources {
  readonly consul: { readonly source: object }
  readonly 'consul-template': { readonly source: object }
  readonly mesos: { readonly source: object }
  readonly marathon: { readonly source: object }
}

/** Makes the cluster's parts on this machine, if it does not have them, and serves them to hosts. */
export async function sourcesOf({ offer }: { offer(file: string): Offered | Promise<Offered> }): Promise<Sources> {
  const [consul, template, mesos, marathon] = [
    await part('consul'),
    await part('consul-template'),
    await part('mesos'),
    await part('marathon'),
  ]
  const url = async ({ file }: Part): Promise<string> => (await offer(file)).url
  const zip = async (of: Part) => ({ source: { zip: await url(of), sha256: of.sha256, version: of.version } })
  return {
    consul: await zip(consul),
    'consul-template': await zip(template),
    mesos: { source: { deb: await url(mesos), sha256: mesos.sha256 } },
    marathon: {
      source: {
        image: {
          version: marathon.version,
          id: await imageId(marathon.file),
          source: await url(marathon),
          sha256: marathon.sha256,
        },
      },
    },
  }
}
