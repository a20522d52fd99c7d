import { createHash } from 'node:crypto'
import { defineByHand } from '../../model/define-resource.ts'
import type { Change, Fields, Item } from '../../model/resource.ts'
import { type Script, sh } from '../../shell/script.ts'
import { type Fetched, fetched, fileName } from '../kit/fetch.ts'
import { applyImage, SUM_LABEL } from './docker-image-apply.ts'

/** What a recipe writes about an image of Docker. */
export interface DockerImageInput {
  /** Its ID, `sha256:…` as `docker image inspect` shows it: what an image is known by that is loaded from a tar of `docker save`. */
  readonly id?: string
  /** The digest that its registry knows it by, `sha256:…`: what an image is known by that is pulled. */
  readonly digest?: string
  /** The repository that it is pulled from; default: that of its name. */
  readonly pull?: string
  /** A tar, fetched by the host or sent from this machine: of `docker save`, or, with `import`, of a root file system. */
  readonly source?: string | { readonly file: string }
  /** The tar's sum: hex, or the publisher's own line. One of the two. */
  readonly sha256?: string
  readonly sha512?: string
  /** The tar is a root file system, and these are lines of a Dockerfile (CMD, ENV, EXPOSE, WORKDIR…) that go with it. It is then known by the tar's sum. */
  readonly import?: readonly string[]
  readonly ensure?: 'present' | 'absent'
}

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

/** An image as it shall be; without `identity`: gone. Without `origin` it must be on the host already, under whatever name. */
export interface DockerImageProps {
  readonly identity?: Identity
  readonly origin?: Origin
}

/** What has this name; `asleep`: Docker does not run, so nobody can say. */
export type DockerImageState = 'asleep' | { readonly id: string; readonly digests: readonly string[]; readonly sum: string }

/** One line an image: `NAME NAME <TAB>ID<TAB>REPOSITORY@DIGEST …<TAB>SUM`; `-` where there is none. */
const FORMAT = `{{range .RepoTags}}{{.}} {{end}}\t{{.Id}}\t{{range .RepoDigests}}{{.}} {{else}}-{{end}}\t{{with .Config}}{{with .Labels}}{{with index . "${SUM_LABEL}"}}{{.}}{{else}}-{{end}}{{else}}-{{end}}{{else}}-{{end}}`

/** Docker's socket would start a daemon that is stopped, and a probe only looks: so systemd is asked first. */
const observe = (items: readonly Item<DockerImageProps>[]): Script => sh`
  set -- ${items.map(({ name }) => name)}
  tab=$(printf '\t')
  is=absent answer= status=0
  if command -v docker >/dev/null; then
    if [ -d /run/systemd/system ] && ! systemctl -q is-active docker.service; then is=asleep
    else answer=$(timeout 30 docker image inspect --format ${FORMAT} "$@" 2>&1) || status=$?
    fi
  fi
  # one that is missing makes docker fail, and so does anything else
  if [ "$status" != 0 ]; then
    wrong=$(printf '%s\n' "$answer" | grep -v -e "$tab" -e 'No such image: ' -e '^WARNING' -e '^$') || :
    [ "$status" != 124 ] || wrong='docker does not answer'
    [ -z "$wrong" ] || { printf '%s\n' "$wrong" >&2; exit 1; }
  fi
  for name do printf '%s\t%s\n' "$name" "$is"; done
  printf '%s\n' "$answer" | while IFS= read -r line; do
    case $line in *"$tab"*) ;; *) continue ;; esac
    for name do case " \${line%%"$tab"*}" in *" $name "*) printf '%s\timage\t%s\n' "$name" "\${line#*"$tab"}" ;; esac; done
  done`

/** The first line says `absent` or `asleep`, one that follows says otherwise. */
function parse(records: readonly Fields[]): DockerImageState | 'absent' {
  const [word, id = '', digests = '', sum = ''] = records.at(-1) ?? []
  if (word === 'absent' || word === 'asleep') return word
  const plain = (text: string): string => (text === '-' ? '' : text)
  return {
    id,
    digests: plain(digests)
      .split(' ')
      .filter((d) => d !== '')
      .map((d) => d.slice(d.indexOf('@') + 1)),
    sum: plain(sum),
  }
}

const has = ({ kind, value }: Identity, { id, digests, sum }: Exclude<DockerImageState, 'asleep'>): boolean =>
  kind === 'id' ? id === value : kind === 'sum' ? sum === value : digests.includes(value)

const short = (value: string): string => value.slice(0, 19)

function comesFrom(origin: Origin | undefined, { value }: Identity): string {
  if (origin === undefined) return `names ${short(value)}`
  if (origin.how === 'pull') return `pulled, ${origin.repository}@${short(value)}`
  const name = fileName(origin.tar.source)
  return origin.how === 'load' ? `loaded from ${name}, ${short(value)}` : `imported from ${name}, ${short(value)}`
}

function diff({ identity, origin }: DockerImageProps, is: DockerImageState | 'absent'): readonly Change[] {
  if (identity === undefined) {
    if (is === 'absent') return []
    return [{ action: 'remove', text: is === 'asleep' ? 'its name, if it is there: Docker does not run' : `the name of ${short(is.id)}` }]
  }
  const fingerprint = `${identity.kind} ${identity.value}`
  const from = comesFrom(origin, identity)
  if (is === 'absent') return [{ action: 'create', text: from, fingerprint }]
  if (is === 'asleep') return [{ action: 'create', text: `${from}, if it is not there: Docker does not run`, fingerprint }]
  return has(identity, is) ? [] : [{ action: 'update', text: `${short(is.id)} → ${from}`, fingerprint }]
}

const SHA = /^sha256:[0-9a-f]{64}$/
/** A name as Docker shows it: repository (with a registry or without) and tag. */
const NAME = /^([a-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*:\w[\w.-]{0,127}$/

function normalise(input: DockerImageInput, name: string): DockerImageProps {
  const what = `dockerImage ${JSON.stringify(name)}`
  const say = (message: string): never => {
    throw new TypeError(`${what}: ${message}`)
  }
  if (!NAME.test(name)) say('write its name with a tag, like "registry.example/app:1.2"')
  if (/^(index\.)?docker\.io\//.test(name)) say('leave out "docker.io/" (and "library/"): Docker itself does not show it')
  if (input.ensure === 'absent') return {}
  const { id, digest, pull, source, import: changes } = input
  for (const [key, value] of Object.entries({ id, digest }))
    if (value !== undefined && !SHA.test(value)) say(`${key} is "sha256:" and 64 hexadecimal digits`)
  if ([id, digest, changes].filter((each) => each !== undefined).length !== 1)
    say('say what it is known by: id (a tar of docker save), digest (a registry), or import (a tar of a root file system)')
  if (digest !== undefined) {
    if (source !== undefined) say('a tar has no digest: it is known by the id of the image in it')
    const repository = pull ?? name.slice(0, name.lastIndexOf(':'))
    if (!NAME.test(`${repository}:x`)) say(`pull is a repository, without tag and digest, not ${JSON.stringify(pull)}`)
    return { identity: { kind: 'digest', value: digest }, origin: { how: 'pull', repository } }
  }
  if (pull !== undefined) say('what is pulled is known by its digest')
  if (changes === undefined) {
    const identity: Identity = { kind: 'id', value: id as string }
    return source === undefined ? { identity } : { identity, origin: { how: 'load', tar: fetched(what, source, input) } }
  }
  for (const line of changes)
    if (!/^(CMD|ENTRYPOINT|ENV|EXPOSE|LABEL|ONBUILD|STOPSIGNAL|USER|VOLUME|WORKDIR) [^\n\r]+$/.test(line))
      say(`${JSON.stringify(line)} is not a line that docker import takes, like "CMD [\\"/bin/app\\"]"`)
  const tar = fetched(what, source ?? say('give its source, a URL or { file }'), input)
  const value = `sha256:${createHash('sha256')
    .update(JSON.stringify([tar.sum, changes]))
    .digest('hex')}`
  return { identity: { kind: 'sum', value }, origin: { how: 'import', tar, changes } }
}

/** An image of Docker that is on the host under a name, whatever else has that name now; plans call it `image web:7`: `dockerImage('web:7', { id: 'sha256:…', source: 'https://…/web.tar.gz', sha256: '…' })`. */
export const dockerImage = defineByHand<DockerImageInput, DockerImageProps, DockerImageState>(
  { name: 'image', observe, parse, diff, apply: applyImage },
  normalise,
  { id: true, digest: true, pull: true, source: true, sha256: true, sha512: true, import: true, ensure: true },
)
