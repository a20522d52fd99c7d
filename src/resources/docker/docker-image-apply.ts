import type { Item } from '../../model/resource.ts'
import { pullFunction } from '../../shell/docker-pull.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { downloadFunctions } from '../kit/download.ts'
import { type Fetched, fetch, fileName } from '../kit/fetch.ts'

/** What identifies the wanted image: its ID, its digest in a registry, or the file that it was imported from. */
export interface Identity {
  readonly kind: 'id' | 'digest' | 'sum'
  /** `sha256:HEX`. */
  readonly value: string
}

/** How an image gets to the host. */
export type Origin =
  | { readonly how: 'pull'; readonly repository: string }
  | { readonly how: 'load'; readonly tar: Fetched }
  | { readonly how: 'import'; readonly tar: Fetched; readonly changes: readonly string[] }

/**
 * An image as wanted. Without `identity`, it should not exist. Without `origin`, it must be on the host already, under
 * any name.
 */
export interface DockerImageProps {
  readonly identity?: Identity
  readonly origin?: Origin
}

/** The label that records what an image was imported from: each import gives it a new ID. */
export const SUM_LABEL = 'provision.sum'

/** sh that gives an image its name, and first fetches it if the host does not have it. */
export const applyImage = ({ name, props: { identity, origin } }: Item<DockerImageProps>): Script =>
  identity === undefined
    ? sh`! docker image inspect ${name} >/dev/null 2>&1 || docker image rm ${name}`
    : join([sh`(`, functions, present(name, identity, origin), sh`)`])

const functions: Script = join([downloadFunctions, pullFunction, shFile(import.meta.url, './docker-image-apply.sh')])

function present(name: string, { value }: Identity, origin: Origin | undefined): Script {
  if (origin === undefined)
    return sh`
      there ${value} || give_up ${`image ${name}: the host has no image ${value}, and no source is given`}
      docker tag ${value} ${name}`
  if (origin.how === 'pull') {
    const reference = `${origin.repository}@${value}`
    return sh`
      there ${reference} || pull ${reference}
      docker tag ${reference} ${name}`
  }
  if (origin.how === 'load')
    return join([
      sh`if ! there ${value}; then`,
      fetch(origin.tar),
      sh`
        said=$(docker load -q -i "$fetched" | tr '\n' ' ')
        there ${value} || give_up ${`image ${name}: ${value} is not what ${fileName(origin.tar.source)} contains`}" (\${said% })"
        fetched_done
        fi
        docker tag ${value} ${name}`,
    ])
  const label = `${SUM_LABEL}=${value}`
  return join([
    sh`
      id=$(docker image ls -q --no-trunc --filter ${`label=${label}`} | head -n 1)
      if [ -z "$id" ]; then`,
    fetch(origin.tar),
    sh`
      id=$(docker import ${[...origin.changes, `LABEL ${label}`].flatMap((line) => ['-c', line])} "$fetched")
      fetched_done
      fi
      docker tag "$id" ${name}`,
  ])
}
