import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { there } from '../../lib/user-error.ts'
import { defineResource, type Wrong } from '../../model/define-resource.ts'
import type { Change, Fields, Item } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { fetched, fileName, source, sums } from '../kit/fetch.ts'
import { ensure } from '../kit/properties.ts'
import { askDocker } from './ask-docker.ts'
import { applyImage, type DockerImageProps, type Identity, type Origin, SUM_LABEL } from './docker-image-apply.ts'

const digest = (what: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^sha256:[0-9a-f]{64}$/, 'a digest: "sha256:" and 64 hexadecimal digits'),
      v.description(what),
    ),
  )

const properties = v.object({
  id: digest(
    'The image ID, `sha256:…` as `docker image inspect` shows it. It identifies an image loaded from a `docker save` tar.',
  ),
  digest: digest('The registry digest, `sha256:…`. It identifies a pulled image.'),
  pull: v.optional(v.pipe(v.string(), v.description('The repository to pull from. Default: the one in the name.'))),
  source: v.optional(
    v.pipe(
      source,
      v.description(
        'A tar, fetched by the host (a URL) or sent from this machine: the output of `docker save` or, with `import`, a root file system.',
      ),
    ),
  ),
  ...sums,
  import: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.regex(
            /^(CMD|ENTRYPOINT|ENV|EXPOSE|LABEL|ONBUILD|STOPSIGNAL|USER|VOLUME|WORKDIR) [^\n\r]+$/,
            'a line that docker import takes, like "CMD [\\"/bin/app\\"]"',
          ),
        ),
      ),
      v.description(
        "Treat the tar as a root file system and apply these Dockerfile lines (CMD, ENV, EXPOSE, WORKDIR…). The image is then identified by the tar's checksum.",
      ),
    ),
  ),
  ensure: ensure('`absent` removes the name from whatever image has it.'),
})

/** The image that has this name; `asleep`: Docker does not run, so the state is unknown. */
export type DockerImageState =
  | 'asleep'
  | { readonly id: string; readonly digests: readonly string[]; readonly sum: string }

/** Prints one line per image: `NAME NAME <TAB>ID<TAB>REPOSITORY@DIGEST …<TAB>SUM`; `-` stands for a missing value. */
const FORMAT = `{{range .RepoTags}}{{.}} {{end}}\t{{.Id}}\t{{range .RepoDigests}}{{.}} {{else}}-{{end}}\t{{with .Config}}{{with .Labels}}{{with index . "${SUM_LABEL}"}}{{.}}{{else}}-{{end}}{{else}}-{{end}}{{else}}-{{end}}`

const observe = (items: readonly Item<DockerImageProps>[]): Script =>
  join([
    sh`
      set -- ${items.map(({ name }) => name)}
      format=${FORMAT}`,
    shFile(import.meta.url, './docker-image.sh'),
  ])

/** The first line says `absent` or `asleep`; a second line overrides it. */
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
  ({ id: [id], sum: [sum], digest: digests })[kind].includes(value)

const short = (value: string): string => value.slice(0, 19)

/** Where an image comes from, to be shown after its identity. */
function comesFrom(origin: Origin | undefined): string {
  if (origin === undefined) return 'which the host has under another name'
  if (origin.how === 'pull') return `pulled from ${origin.repository}`
  return `${origin.how === 'load' ? 'loaded' : 'imported'} from ${fileName(origin.tar.source)}`
}

function diff({ identity, origin }: DockerImageProps, is: DockerImageState | 'absent'): readonly Change[] {
  if (identity === undefined) {
    if (is === 'absent') return []
    if (is === 'asleep') return [{ action: 'remove', text: 'its name, if it is there: Docker does not run' }]
    return [{ action: 'remove', attribute: 'id', from: short(is.id), text: 'only the name' }]
  }
  const wanted = {
    attribute: identity.kind,
    to: short(identity.value),
    fingerprint: `${identity.kind} ${identity.value}`,
  }
  const from = comesFrom(origin)
  if (is === 'absent') return [{ action: 'create', ...wanted, text: from }]
  if (is === 'asleep')
    return [{ action: 'create', ...wanted, text: `${from}, if it is not there: Docker does not run` }]
  return has(identity, is) ? [] : [{ action: 'update', ...wanted, ...knownBy(identity, is), text: from }]
}

/** The identity of the image that has the name now, in the same form. */
function knownBy(
  { kind }: Identity,
  { id, digests, sum }: Exclude<DockerImageState, 'asleep'>,
): { readonly from?: string } {
  const from = { id, digest: digests[0], sum }[kind]
  return from === undefined || from === '' ? {} : { from: short(from) }
}

/** A name as Docker shows it: repository (with a registry or without) and tag. */
const NAME = /^([a-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*:\w[\w.-]{0,127}$/

function normalise(given: v.InferOutput<typeof properties>, name: string, wrong: Wrong): DockerImageProps {
  if (!NAME.test(name)) wrong('write its name with a tag, like "registry.example/app:1.2"')
  if (/^(index\.)?docker\.io\//.test(name))
    wrong('leave out "docker.io/" (and "library/"): Docker itself does not show it')
  if (given.ensure === 'absent') return {}
  const { id, digest, pull, source, sha256, sha512, import: changes } = given
  if (source === undefined && (sha256 ?? sha512) !== undefined)
    wrong('a checksum is that of a source, and there is none')
  if ([id, digest, changes].filter((each) => each !== undefined).length !== 1)
    wrong(
      'give what identifies it: id (a tar of docker save), digest (a registry), or import (a tar of a root file system)',
    )
  if (digest !== undefined) {
    if (source !== undefined) wrong('a tar has no digest: it is identified by the id of the image in it')
    const repository = pull ?? name.slice(0, name.lastIndexOf(':'))
    if (!NAME.test(`${repository}:x`))
      wrong(`pull must be a repository, without tag and digest, not ${JSON.stringify(pull)}`)
    return { identity: { kind: 'digest', value: digest }, origin: { how: 'pull', repository } }
  }
  if (pull !== undefined) wrong('an image that is pulled is identified by its digest')
  const tar = (from: string | { readonly file: string }) => fetched(`image ${JSON.stringify(name)}`, from, given)
  if (changes === undefined) {
    const identity: Identity = { kind: 'id', value: there(id, 'an id') }
    return source === undefined ? { identity } : { identity, origin: { how: 'load', tar: tar(source) } }
  }
  const imported = tar(source ?? wrong('give its source, a URL or { file }'))
  const value = `sha256:${createHash('sha256')
    .update(JSON.stringify([imported.sum, changes]))
    .digest('hex')}`
  return { identity: { kind: 'sum', value }, origin: { how: 'import', tar: imported, changes } }
}

/**
 * A Docker image under a given name: `dockerImage('web:7', { id: 'sha256:…', source: 'https://…/web.tar.gz', sha256:
 * '…' })`. If another image has that name, it loses it. Plans call this resource `image web:7`.
 */
export const dockerImage = defineResource({
  name: 'image',
  properties,
  normalise,
  observe,
  parse,
  diff,
  apply: applyImage,
  probeFunctions: [askDocker],
})
