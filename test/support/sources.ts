import type { Artifacts } from './artifacts.ts'
import { imageId } from './parts/docker-archive.ts'
import { part } from './parts.ts'

/** Where hosts find what no Debian package brings: variables by recipe, as an inventory has them. The files must be offered for as long as hosts need them. */
export interface Sources {
  readonly consul: { readonly source: object }
  readonly 'consul-template': { readonly source: object }
  readonly mesos: { readonly source: object }
  readonly marathon: { readonly source: object }
}

/** Makes the parts of the cluster on this machine, where it does not have them, and offers them to hosts. */
export async function sourcesOf({ offer }: Pick<Artifacts, 'offer'>): Promise<Sources> {
  const [consul, template, mesos, marathon] = [
    await part('consul'),
    await part('consul-template'),
    await part('mesos'),
    await part('marathon'),
  ]
  const zip = ({ file, sha256, version }: typeof consul) => ({ source: { zip: offer(file).url, sha256, version } })
  return {
    consul: zip(consul),
    'consul-template': zip(template),
    mesos: { source: { deb: offer(mesos.file).url, sha256: mesos.sha256 } },
    marathon: {
      source: {
        image: { version: marathon.version, id: await imageId(marathon.file), source: offer(marathon.file).url, sha256: marathon.sha256 },
      },
    },
  }
}
