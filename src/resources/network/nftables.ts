import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import { type Change, type Fields, type Item, type Refusal, repair } from '../../model/resource.ts'
import { RUN_DIR, STATE_DIR } from '../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { type FileProps, type FileState, fileType, normaliseFile } from '../files/file.ts'
import { digestOf } from '../kit/content.ts'
import { ensure } from '../kit/properties.ts'
import { relabel } from '../kit/relabel.ts'
import { unitWords } from '../systemd/running/last-words.ts'
import { unitPath } from '../systemd/unit-name.ts'

const properties = v.object({
  rules: v.optional(
    v.pipe(
      v.string(),
      v.nonEmpty(),
      v.description('The content of the table, as between its braces: chains, sets, maps. See `nft(8)`.'),
    ),
  ),
  ensure: ensure('`absent` removes the table, now and from the next boot on.'),
})

interface NftablesProps {
  readonly family: string
  readonly table: string
  readonly unit: string
  readonly ensure: 'present' | 'absent'
  /** The rules, and the unit that loads them at boot. */
  readonly files: readonly Item<FileProps>[]
}

interface NftablesState {
  readonly files: readonly (FileState | 'absent')[]
  /**
   * The table exists; it was loaded from the file with this digest. `same`: the kernel's rules have not changed since.
   */
  readonly loaded?: { readonly from: string; readonly same: boolean }
  readonly boot: boolean
}

const DIR = '/etc/nftables.d'
const recordOf = (unit: string): string => `${STATE_DIR}/nftables/${unit}`
const pathOf = (family: string, table: string): string => `${DIR}/provision-${family}-${table}.nft`

/** One transaction removes the old table and loads the new one. */
const textOf = (family: string, table: string, rules: string): string =>
  [
    `table ${family} ${table}`,
    `delete table ${family} ${table}`,
    `table ${family} ${table} {`,
    rules.replace(/\n*$/, ''),
    '}',
    '',
  ].join('\n')

/**
 * Loads the table before the network is up, and again whenever nftables.service has flushed the rule set, however often
 * that happens within seconds.
 */
const unitText = (family: string, table: string): string => `[Unit]
Description=nftables table ${family} ${table}
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
Conflicts=shutdown.target
DefaultDependencies=no
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${pathOf(family, table)}
ExecReload=/usr/sbin/nft -f ${pathOf(family, table)}

[Install]
WantedBy=sysinit.target nftables.service
`

function observe(items: readonly Item<NftablesProps>[]): Script {
  const files = items.flatMap(({ name, props }) => props.files.map((file) => ({ item: name, part: file.name, file })))
  return join([
    relabel('file', fileType.observe(files.map(({ file }) => file)), files),
    ...items.map(
      ({ name, props: { family, table, unit } }) => sh`look_at_rules ${[name, family, table, unit, recordOf(unit)]}`,
    ),
  ])
}

/** A word in each line says which file it is about: the rules, or the unit. */
function parse(records: readonly Fields[]): NftablesState {
  const about = (isUnit: boolean): readonly Fields[] =>
    records
      .filter(([word, path = '']) => word === 'file' && path.endsWith('.service') === isUnit)
      .map((fields) => fields.slice(2))
  const [, from = '', same] = records.find(([word]) => word === 'loaded') ?? []
  return {
    files: [false, true].map((isUnit) => fileType.parse(about(isUnit))),
    ...(from === '' ? {} : { loaded: { from, same: same === 'same' } }),
    boot: records.some(([word]) => word === 'boot'),
  }
}

const says = (what: string, change: Change): Change => {
  const { attribute, text, ...rest } = change
  if (attribute === undefined) return { ...rest, text: [what, text].filter(Boolean).join(': ') }
  return { ...rest, attribute: `${what}: ${attribute}`, ...(text === undefined ? {} : { text }) }
}

function diff({ ensure, files }: NftablesProps, state: NftablesState | 'absent'): readonly Change[] | Refusal {
  const is = state as NftablesState
  const changes: Change[] = []
  for (const [i, { props }] of files.entries()) {
    const verdict = fileType.diff(props, is.files[i] ?? 'absent', [])
    if ('refusal' in verdict) return verdict
    changes.push(...verdict.map((change) => says(i === 0 ? 'rules' : 'unit', change)))
  }
  if (ensure === 'absent')
    return is.loaded === undefined ? changes : [...changes, { action: 'remove', attribute: 'now', from: 'loaded' }]
  if (!is.boot) changes.push({ action: 'update', attribute: 'at boot', to: 'loaded' })
  const [rules] = files
  if (is.loaded === undefined) changes.push({ action: 'create', attribute: 'now', to: 'loaded' })
  else if (changes.length > 0) return changes
  else if (!is.loaded.same || rules === undefined || is.loaded.from !== digestOf(rules.props.content))
    changes.push({ action: 'update', attribute: 'now', text: 'what is loaded is not what was loaded here' })
  return changes
}

/** What is wrong with the braces of rules, which must stay within their table. */
function braceFault(rules: string): string | undefined {
  let depth = 0
  for (const [word] of rules.matchAll(/"[^"]*"|#.*|[{}]/g)) {
    if (word === '{') depth++
    else if (word === '}' && --depth < 0) return 'must not close the table: a "}" has no "{" before it'
  }
  return depth > 0 ? 'must close what they open: a "}" is missing' : undefined
}

/** sh that fails if the rules must not be loaded. They are not in place yet. */
function tryOut(name: string, { files: [rules] }: NftablesProps): Script {
  const path = `${RUN_DIR}/nftables`
  return sh`
    (
    command -v nft >/dev/null || { echo ${`nftables ${name}: there is no nft on this host; list package nftables before it`} >&2; exit 1; }
    trap ${`rm -rf ${path}`} EXIT
    ( umask 077; mkdir -p ${path}; printf %s ${rules?.props.content.word as string} >${`${path}/rules.nft`} )
    try_rules ${`${path}/rules.nft`}
    )`
}

function apply({ name, props }: Item<NftablesProps>): Script {
  const { family, table, unit, ensure, files } = props
  const [rules] = files
  const ours = [family, table, unit]
  if (ensure === 'absent' || rules === undefined)
    return sh`unload_rules ${[...ours, pathOf(family, table), recordOf(unit)]}`
  return join([
    tryOut(name, props),
    sh`mkdir -p ${DIR}`,
    repair(fileType, files),
    sh`load_rules ${[...ours, recordOf(unit), digestOf(rules.props.content)]}`,
  ])
}

const functions = join([
  unitWords,
  shFile(import.meta.url, './nftables.sh'),
  shFile(import.meta.url, './list-rules.sh'),
  fileType.functions ?? sh``,
])

/**
 * A table of the packet filter, now and after a reboot: `nftables('inet web', { rules: 'chain in { type filter hook
 * input priority 0; tcp dport 8080 drop; }' })`. Other tables are left alone. The table is replaced atomically,
 * after a test in a separate network namespace has shown that everyone who is logged in over SSH can still connect.
 */
export const nftables = defineResource({
  name: 'nftables',
  properties,
  normalise({ rules = '', ensure }, name, wrong): NftablesProps {
    const [, family = '', table = ''] = /^(inet|ip|ip6|arp|bridge|netdev) ([A-Za-z_][\w-]*)$/.exec(name) ?? []
    if (table === '') wrong('write it like "inet filter": the family and the name of the table')
    if (ensure === 'present' && rules.trim() === '') wrong("give its rules, or ensure: 'absent'")
    const fault = ensure === 'present' ? braceFault(rules) : undefined
    if (fault !== undefined) wrong(`rules ${fault}`)
    const unit = `provision-nftables-${family}-${table}.service`
    const props = (content: string) =>
      normaliseFile(ensure === 'absent' ? { ensure } : { content }, `nftables ${JSON.stringify(name)}`)
    return {
      ...{ family, table, unit, ensure },
      files: [
        { name: pathOf(family, table), props: props(textOf(family, table, rules)) },
        { name: unitPath(unit), props: props(unitText(family, table)) },
      ],
    }
  },
  observe,
  parse,
  diff,
  apply,
  functions,
  probeFunctions: [...(fileType.probeFunctions ?? []), shFile(import.meta.url, './list-rules.sh')],
  places: (_name, { files }) => files.flatMap(({ name, props }) => fileType.places?.(name, props) ?? []),
  foresee: (items) =>
    join(
      items.flatMap(({ name, props }) =>
        props.ensure === 'absent'
          ? []
          : [
              sh`
                command -v nft >/dev/null && ! said=$(
                ${functions}
                ${tryOut(name, props)} 2>&1 ) && printf '!\t%s\t%s\n' ${name} "$said" || :`,
            ],
      ),
    ),
})
