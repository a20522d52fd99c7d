import type { Item } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { awakeFunction, SILENCE } from '../kit/awake.ts'
import { downloadFunctions } from '../kit/download.ts'
import { type Fetched, fetch, fileName } from '../kit/fetch.ts'

/** What makes an image the wanted one: its ID, its digest at a registry, or what it was imported from. */
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
 * An image as it shall be; without `identity`: gone. Without `origin` it must be on the host already, under whatever
 * name.
 */
export interface DockerImageProps {
  readonly identity?: Identity
  readonly origin?: Origin
}

/** The label that says what an image was imported from: its ID is another one each time. */
export const SUM_LABEL = 'provision.sum'

/** sh that gives an image its name, after it has brought one that is not there. */
export const applyImage = ({ name, props: { identity, origin } }: Item<DockerImageProps>): Script =>
  identity === undefined
    ? sh`! docker image inspect ${name} >/dev/null 2>&1 || docker image rm ${name}`
    : join([sh`(`, functions, present(name, identity, origin), sh`)`])

const functions: Script = sh`
  ${downloadFunctions}
  there() { docker image inspect "$1" >/dev/null 2>&1; }
  ${awakeFunction()}
  # Docker itself fetches and unpacks: what it does is seen in its folders and in what it reads and writes. What it has fetched it keeps
  pull() {
    counts=/sys/fs/cgroup/system.slice/docker.service/io.stat
    [ -e "$counts" ] || { docker pull -q "$1"; return; }
    for try in 1 2; do
      status=0
      awake '/var/lib/docker/tmp /var/lib/containerd/io.containerd.content.v1.content/ingest' docker pull -q "$1" || status=$?
      [ "$status" = 124 ] || return "$status"
    done
    give_up "$1 could not be pulled: docker had received nothing for ${SILENCE} s, twice, and was ended"
  }
  fetched_done() { [ -z "$download" ] || rm -f "$download"; }`

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
        there ${value} || give_up ${`image ${name}: ${value} is not what ${fileName(origin.tar.source)} holds`}" (\${said% })"
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
