import { defineByHand } from '../../model/define-resource.ts'
import type { Change, Fields, Item } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { accessDifferences, type FullAccess } from '../kit/mode.ts'
import { absolutePath } from '../kit/path.ts'
import { replace } from '../kit/put.ts'
import { lines, unified } from '../kit/text-diff.ts'

/** One address and the names it has. */
export interface HostsEntry {
  readonly address: string
  readonly names: readonly string[]
}

/** What a recipe writes about a hosts file. */
export interface HostsFileInput {
  readonly entries?: readonly HostsEntry[]
  /** `absent` removes our block and leaves the rest. */
  readonly ensure?: 'present' | 'absent'
}

interface HostsFileProps {
  readonly entries: readonly HostsEntry[]
}

interface HostsFileState extends FullAccess {
  readonly text: string
}

/** Everybody looks names up. */
const ACCESS: FullAccess = { mode: '0644', owner: 'root', group: 'root' }

const BEGIN = '# provision: begin'
const END = '# provision: end'

const block = (entries: readonly HostsEntry[]): string =>
  entries.length === 0 ? '' : [BEGIN, ...entries.map(({ address, names }) => `${address}\t${names.join(' ')}`), END, ''].join('\n')

/**
 * A hosts file with our block in it, at its end. Everything else stays, but for lines of 127.0.1.1 (Debian's own name on the loopback, where
 * daemons would then listen) and for our names where they have another address. {@link EDIT} does the same on the host; a test compares them.
 */
export function editHosts(text: string, entries: readonly HostsEntry[]): string {
  const ours = new Map<string, Set<string>>()
  for (const { address, names } of entries) for (const name of names) ours.set(name, (ours.get(name) ?? new Set()).add(address))
  const all = text.split('\n')
  if (all.at(-1) === '') all.pop()
  const last = all.lastIndexOf(END)
  let inside = false
  const kept = all.flatMap((line, i) => {
    if (line === BEGIN && i < last) inside = true
    const ends = inside && line === END
    if (inside || line === BEGIN || line === END) {
      if (ends) inside = false
      return []
    }
    const hash = line.indexOf('#')
    const [address = '', ...names] = (hash < 0 ? line : line.slice(0, hash)).split(/[ \t]+/).filter((word) => word !== '')
    if (entries.length > 0 && address === '127.0.1.1') return []
    const stay = names.filter((name) => ours.get(name)?.has(address) ?? true)
    if (stay.length === names.length) return [line]
    return stay.length === 0 ? [] : [`${address}\t${stay.join(' ')}${hash < 0 ? '' : ` ${line.slice(hash)}`}`]
  })
  return kept.map((line) => `${line}\n`).join('') + block(entries)
}

/** awk that reads our block on its standard input, then the file, and prints the file as {@link editHosts} would have it. */
const EDIT: Script = sh`'
  BEGIN { begin = "# provision: begin"; end = "# provision: end" }
  FILENAME == "-" {
    block = block $0 "\n"
    if ($0 != begin && $0 != end) for (i = 2; i <= NF; i++) { ours[$i] = 1; has[$i, $1] = 1 }
    next
  }
  { line[++n] = $0; if ($0 == end) last = n }
  END {
    for (k = 1; k <= n; k++) {
      if (line[k] == begin && k < last) inside = 1
      if (inside || line[k] == begin || line[k] == end) { if (line[k] == end) inside = 0; continue }
      text = line[k]; hash = index(text, "#"); comment = ""
      if (hash) { comment = " " substr(text, hash); text = substr(text, 1, hash - 1) }
      count = split(text, word, /[ \t]+/); first = word[1] == "" ? 2 : 1
      if (word[count] == "") count--
      address = word[first]; stay = ""; gone = 0
      if (block != "" && address == "127.0.1.1") continue
      for (i = first + 1; i <= count; i++) if ((word[i] in ours) && !((word[i], address) in has)) gone++; else stay = stay (stay == "" ? "" : " ") word[i]
      if (!gone) print line[k]; else if (stay != "") print address "\t" stay comment
    }
    printf "%s", block
  }'`

/** sh that prints the edited file. */
export const editScript = (path: string, entries: readonly HostsEntry[]): Script => sh`printf %s ${block(entries)} | awk ${EDIT} - ${path}`

const observe = (items: readonly Item<HostsFileProps>[]): Script =>
  join(
    items.map(
      ({ name }) => sh`
        if [ -f ${name} ]; then printf '%s\tcontent\t' ${name}; base64 -w0 <${name}; stat -L --printf '\t%a\t%U\t%G\n' -- ${name}
        elif [ -e ${name} ]; then printf '%s\t!\tis not a plain file\n' ${name}
        else printf '%s\tabsent\n' ${name}; fi`,
    ),
  )

function parse(records: readonly Fields[]): HostsFileState | 'absent' {
  const sent = records.find(([word]) => word === 'content')
  if (sent === undefined) return 'absent'
  const [, text = '', mode = '', owner = '', group = ''] = sent
  return { text: Buffer.from(text, 'base64').toString('utf8'), mode: mode.padStart(4, '0'), owner, group }
}

function diff({ entries }: HostsFileProps, is: HostsFileState | 'absent'): readonly Change[] {
  const text = is === 'absent' ? '' : is.text
  const wanted = editHosts(text, entries)
  if (is === 'absent') return wanted === '' ? [] : [{ action: 'create', text: `${lines(wanted)}, root:root 0644`, fingerprint: wanted }]
  return [
    ...(wanted === text ? [] : [{ action: 'update' as const, text: 'content differs', diff: unified(text, wanted), fingerprint: wanted }]),
    ...accessDifferences(ACCESS, is).map((difference): Change => ({ action: 'update', text: difference })),
  ]
}

const applyOne = ({ name, props: { entries } }: Item<HostsFileProps>): Script => sh`
  [ -e ${name} ] || : >${name}
  ${replace(name, editScript(name, entries), ACCESS)}`

/** Names and addresses in a hosts file: `hostsFile('/etc/hosts', { entries: [{ address: '10.0.0.11', names: ['zk-1'] }] })`. */
export const hostsFile = defineByHand<HostsFileInput, HostsFileProps, HostsFileState>(
  { name: 'hosts', observe, parse, diff, apply: applyOne },
  ({ entries = [], ensure = 'present' }, path) => {
    absolutePath('hosts', path)
    for (const { address, names } of entries) {
      if (!/^[0-9a-f.:]+$/i.test(address)) throw new TypeError(`hosts ${path}: ${JSON.stringify(address)} is not an address`)
      if (names.length === 0) throw new TypeError(`hosts ${path}: ${address} has no name`)
      for (const name of names)
        if (!/^[\w.-]+$/.test(name)) throw new TypeError(`hosts ${path}: ${JSON.stringify(name)} is not a host's name`)
    }
    return { entries: ensure === 'absent' ? [] : entries }
  },
  { entries: true, ensure: true },
)
