import * as v from 'valibot'
import { mustBe } from '../../lib/check/kinds.ts'
import { there } from '../../lib/user-error.ts'
import { defineResource, type Wrong } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { RUN_DIR } from '../../shell/paths.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import { type FileProps, type FileState, fileType, normaliseFile } from '../files/file.ts'
import { ensure } from '../kit/properties.ts'
import { put } from '../kit/put.ts'
import { LISTS_STAMP } from './apt.ts'
import { type AptRepositoryProps, type Part, pathOf } from './apt-files.ts'
import { expiryOf, fetchKey, holdsKeys, type Key, keyOf, keySource } from './apt-key.ts'

const one = v.pipe(
  v.string(),
  v.transform((text) => text.split(/\s+/)),
)
const several = v.array(v.pipe(v.string(), v.regex(/^\S+$/, 'a word without spaces')))

/** Words in a list, or separated by spaces in one text. */
const list = (what: string) =>
  v.optional(
    v.pipe(
      v.union([one, several], mustBe('text or a list of texts')),
      v.transform((words) => words.filter((word) => word !== '')),
      v.title('string | string[]'),
      v.description(what),
    ),
    [],
  )

const properties = v.object({
  uris: list('The URIs, e.g. `https://host/debian`.'),
  suites: list('The suites, e.g. `bookworm`.'),
  components: list('The components, e.g. `main`. Default: none, as a suite that ends in `/` requires.'),
  architectures: list("Default: the host's own."),
  key: v.optional(keySource),
  ensure: ensure('`absent` removes the list and the key.'),
})

/** A repository's observed state. */
export interface AptRepositoryState {
  readonly files: Readonly<Record<Part, FileState | 'absent'>>
  /** The host's clock. */
  readonly now: number
  /** The keys on the host, if this machine does not have them: fetched by the host, or a keyring of its own. */
  readonly there?: Uint8Array
}

const PARTS: readonly Part[] = ['sources', 'asc', 'gpg']
const DAY = 86400
const EXPIRES_SOON = 30 * DAY

const keyPart = ({ files, fetch }: AptRepositoryProps): Part | undefined =>
  fetch?.as ?? (['asc', 'gpg'] as const).find((part) => files[part].ensure === 'present')
const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)

/** Larger keyrings, such as Debian's own, are those of packages, which renew them long before all keys have expired. */
const MOST = 16384

/** sh that prints the keys that only the host has. */
function keyThere(name: string, { fetch, keyring }: AptRepositoryProps): Script {
  const path = fetch === undefined ? keyring : pathOf(name, fetch.as)
  return path === undefined
    ? empty
    : sh`key=${path}; [ ! -f "$key" ] || printf '%s\tkeys\t%s\n' ${name} "$(head -c ${MOST + 1} -- "$key" | base64 -w0)"`
}

function observe(items: readonly Item<AptRepositoryProps>[]): Script {
  const files = items.flatMap(({ name, props }) =>
    PARTS.map((part) => ({ name: pathOf(name, part), props: props.files[part] })),
  )
  return join([
    sh`answer=$(`,
    fileType.observe(files),
    sh`)
      tab=${'\t'} now=$(date +%s)`,
    ...items.flatMap(({ name, props }) => [
      sh`printf '%s\tnow\t%s\n' ${name} "$now"`,
      ...PARTS.map(
        (part) => sh`printf '%s\n' "$answer" | sed -n "s|^"${pathOf(name, part)}"$tab|"${name}"$tab"${part}"$tab|p"`,
      ),
      keyThere(name, props),
    ]),
  ])
}

function parse(records: readonly Fields[]): AptRepositoryState {
  const of = (part: Part) => fileType.parse(records.filter(([word]) => word === part).map((fields) => fields.slice(1)))
  const keys = Buffer.from(records.find(([word]) => word === 'keys')?.[1] ?? '', 'base64')
  return {
    files: { sources: of('sources'), asc: of('asc'), gpg: of('gpg') },
    now: Number(records.find(([word]) => word === 'now')?.[1]),
    ...(keys.length === 0 || keys.length > MOST ? {} : { there: new Uint8Array(keys) }),
  }
}

/** When the last of its keys expires, as far as that is known. */
const expiry = ({ expires }: AptRepositoryProps, state: AptRepositoryState): number | undefined =>
  expires ?? (state.there === undefined ? undefined : expiryOf(state.there))

function diff(props: AptRepositoryProps, is: AptRepositoryState | 'absent'): readonly Change[] | Refusal {
  const state = there(is === 'absent' ? undefined : is, 'what the probe says')
  const { files, now } = state
  if (props.ensure === 'absent') {
    const there = PARTS.filter((part) => files[part] !== 'absent')
    return there.length === 0
      ? []
      : [{ action: 'remove', text: there.map((part) => (part === 'sources' ? 'its list' : 'its key')).join(' and ') }]
  }
  const changes: Change[] = []
  for (const part of PARTS) {
    const found = fileType.diff(props.files[part], files[part], [])
    if ('refusal' in found) return found
    for (const change of found) changes.push(part === 'sources' ? change : aboutKey(change))
  }
  const fingerprint = changes.flatMap((c) => c.fingerprint ?? []).join(' ')
  const all: readonly Change[] =
    files.sources === 'absent' ? [{ action: 'create', text: props.summary, fingerprint }] : changes
  // what the host fetched may be the key of before
  const expires = props.fetch === undefined ? expiry(props, state) : undefined
  if (all.length === 0 || expires === undefined || expires > now) return all
  return {
    refusal: 'apt-key-expired',
    reason: `its key expired on ${day(expires)}; apt would trust nothing in this repository.`,
    remedy: 'Use the key that the repository signs with now.',
    changes: all,
  }
}

function aboutKey({ diff: _, ...change }: Change): Change {
  if (change.action === 'create') return { ...change, action: 'update', attribute: 'key', text: 'is missing' }
  if (change.action === 'remove') return { ...change, action: 'update', attribute: 'key', text: 'of before goes' }
  if (change.attribute === 'content') return { ...change, attribute: 'key', text: 'differs' }
  return { ...change, attribute: `key ${change.attribute}` }
}

function warn(props: AptRepositoryProps, state: AptRepositoryState | 'absent'): string | undefined {
  if (state === 'absent' || props.ensure === 'absent' || state.files.sources === 'absent') return undefined
  if (props.keyring !== undefined && state.there !== undefined && !holdsKeys(state.there))
    return `its keyring ${props.keyring} holds no key: apt trusts nothing in this repository`
  const expires = expiry(props, state)
  if (expires === undefined || expires > state.now + EXPIRES_SOON) return undefined
  return expires <= state.now
    ? `its key expired on ${day(expires)}: apt trusts nothing new in this repository`
    : `its key expires on ${day(expires)}`
}

function apply({ name, props }: Item<AptRepositoryProps>): Script {
  const path = (part: Part) => pathOf(name, part)
  if (props.ensure === 'absent') return sh`rm -f ${[LISTS_STAMP, ...PARTS.map(path)]}`
  const { files, fetch, keyring } = props
  const part = keyPart(props)
  const goes = (['asc', 'gpg'] as const).filter((other) => other !== part).map(path)
  const write = join([
    keyring === undefined
      ? empty
      : sh`[ -r ${keyring} ] || { echo ${`aptRepository ${name}: the host has no keyring ${keyring}`} >&2; exit 1; }`,
    fetch === undefined ? empty : fetchKey(name, fetch, files[fetch.as]),
    fetch !== undefined || part === undefined ? empty : put(path(part), files[part].content, files[part]),
    put(path('sources'), files.sources.content, files.sources),
    sh`rm -f ${goes}`,
  ])
  return join([
    // before anything changes: if the run is killed from here on, apt's lists count as outdated
    sh`
      rm -f ${LISTS_STAMP}
      mkdir -p /etc/apt/keyrings
      mkdir -p -m 0700 ${RUN_DIR}`,
    orAsBefore(PARTS.map(path), join([write, accepted(name, path('sources'))])),
  ])
}

/** sh that changes files, and restores them on failure. */
const orAsBefore = (paths: readonly string[], change: Script): Script => sh`
  ( set -- ${paths}
  before=$(mktemp -d ${`${RUN_DIR}/apt.XXXXXX`})
  ${shFile(import.meta.url, './repository-as-before.sh')}
  ${change}
  trap - EXIT
  rm -rf "$before" )`

/** sh that fails unless apt can read its lists; if another list names the same repository, names that list. */
const accepted = (name: string, sources: string): Script =>
  join([sh`name=${name} sources=${sources}`, shFile(import.meta.url, './accepted.sh')])

/** The list in apt's format. */
function deb822({ uris, suites, components, architectures }: Given, key: Key): string {
  const fields: readonly (readonly [name: string, words: readonly string[]])[] = [
    ['Types', ['deb']],
    ['URIs', uris],
    ['Suites', suites],
    ['Components', components],
    ['Architectures', architectures],
    ['Signed-By', [key.path]],
  ]
  return fields.flatMap(([name, words]) => (words.length === 0 ? [] : `${name}: ${words.join(' ')}\n`)).join('')
}

type Given = v.InferOutput<typeof properties>

function normalise(given: Given, name: string, wrong: Wrong): AptRepositoryProps {
  const what = `aptRepository ${JSON.stringify(name)}`
  if (!/^[a-z0-9][\w.-]*$/i.test(name)) wrong('a name consists of letters, digits, "_", "-" and "."')
  const file = (part: Part, content?: string): FileProps =>
    normaliseFile(content === undefined ? { ensure: 'absent' } : { content }, `${what}: ${part}`)
  const files = { sources: file('sources'), asc: file('asc'), gpg: file('gpg') }
  if (given.ensure === 'absent') return { ensure: 'absent', summary: '', files }

  const { uris, suites, components } = given
  if (uris.length === 0 || suites.length === 0) wrong('give uris and suites')
  for (const uri of uris)
    if (!/^(https?|file|mirror\+https?):\//.test(uri))
      wrong(`${JSON.stringify(uri)} is not a URI that apt takes, such as "https://host/debian"`)
  const flat = suites.some((s) => s.endsWith('/'))
  if (flat && components.length > 0) wrong('a suite that ends in "/" has no components')
  if (!flat && components.length === 0) wrong('give components, e.g. "main"')
  const key = keyOf(what, name, given.key ?? wrong('give its key'))
  const summary = [...uris, ...suites, ...components].join(' ') + (key.id === undefined ? '' : `, key ${key.id}`)
  return {
    ensure: 'present',
    summary,
    ...key.props,
    files: { ...files, sources: file('sources', deb822(given, key)), ...key.files },
  }
}

/** An apt repository: a deb822 list file, and the key that signs the repository. */
export const aptRepository = defineResource({
  name: 'aptRepository',
  properties,
  normalise,
  observe,
  parse,
  diff,
  apply,
  warn,
  needs: (_name, { keyring }) =>
    keyring === undefined ? [] : [{ kind: 'path', name: keyring, of: 'key', planned: true }],
  places: (name, { ensure }) => [{ path: pathOf(name, 'sources'), as: ensure === 'absent' ? 'nothing' : 'file' }],
  probeFunctions: fileType.probeFunctions ?? [],
})
