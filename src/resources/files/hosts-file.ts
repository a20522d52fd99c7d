import { isIP } from 'node:net'
import * as v from 'valibot'
import { defineResource, type Written } from '../../model/define-resource.ts'
import type { Change, Fields, Item } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { accessDifferences, type FullAccess } from '../kit/mode.ts'
import { madeIn } from '../kit/needs.ts'
import { pathBelowRoot } from '../kit/path.ts'
import { ensure } from '../kit/properties.ts'
import { replace } from '../kit/put.ts'
import { lines, unified } from '../kit/text-diff.ts'

const entry = v.object({
  address: v.pipe(
    v.string(),
    v.check(
      (text) => isIP(text) !== 0,
      ({ received }) => `must be an IP address, not ${received}`,
    ),
  ),
  names: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[\w.-]+$/, "a host's name"))), v.nonEmpty()),
})

const properties = v.object({
  entries: v.optional(v.pipe(v.array(entry), v.description('The addresses, and the names of each.')), []),
  ensure: ensure('`absent` removes the block and keeps the rest.'),
})

/** One address and its names. */
type HostsEntry = Written<v.InferOutput<typeof entry>>

interface HostsFileProps {
  readonly entries: readonly HostsEntry[]
}

interface HostsFileState extends FullAccess {
  readonly text: string
}

/** Readable for everyone, because every program looks up names. */
const ACCESS: FullAccess = { mode: '0644', owner: 'root', group: 'root' }

const BEGIN = '# provision: begin'
const END = '# provision: end'

const entryLine = ({ address, names }: HostsEntry): string => `${address}\t${names.join(' ')}`

const block = (entries: readonly HostsEntry[]): string =>
  entries.length === 0 ? '' : [BEGIN, ...entries.map(entryLine), END, ''].join('\n')

/**
 * Puts our block at the end of a hosts file. Everything else stays, except for our names on lines with another address
 * (including Debian's own line for 127.0.1.1, which daemons would listen on), and for copies of our lines, which a
 * block without its marks leaves. hosts-file.sh does the same on the host; a test compares the two.
 */
export function editHosts(text: string, entries: readonly HostsEntry[]): string {
  const ours = new Map<string, Set<string>>()
  for (const { address, names } of entries)
    for (const name of names) ours.set(name, (ours.get(name) ?? new Set()).add(address))
  const own = new Set(entries.map(entryLine))
  const all = text.split('\n')
  if (all.at(-1) === '') all.pop()
  const bare = all.map((line) => line.replace(/[\r\f\v]+$/, '')) // for the C library these are blanks
  const last = bare.lastIndexOf(END)
  let inside = false
  const kept = all.flatMap((line, i) => {
    const mark = bare[i]
    if (mark === BEGIN && i < last) inside = true
    const ends = inside && mark === END
    if (inside || mark === BEGIN || mark === END) {
      if (ends) inside = false
      return []
    }
    const hash = line.indexOf('#')
    const [address = '', ...names] = (hash < 0 ? line : line.slice(0, hash))
      .split(/[ \t\r\f\v]+/)
      .filter((word) => word !== '')
    const stay = names.filter((name) => ours.get(name)?.has(address) ?? true)
    if (stay.length === names.length) return own.has(mark ?? '') ? [] : [line]
    const rest = `${address}\t${stay.join(' ')}${hash < 0 ? '' : ` ${line.slice(hash)}`}`
    return stay.length === 0 || own.has(rest) ? [] : [rest]
  })
  return kept.map((line) => `${line}\n`).join('') + block(entries)
}

/** sh that prints the edited file; a missing file counts as empty. */
export const editScript = (path: string, entries: readonly HostsEntry[]): Script =>
  join([sh`file=${path} block=${block(entries)}`, shFile(import.meta.url, './hosts-file.sh')])

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
  if (is === 'absent')
    return wanted === '' ? [] : [{ action: 'create', text: `${lines(wanted)}, root:root 0644`, fingerprint: wanted }]
  return [
    ...(wanted === text
      ? []
      : [
          {
            action: 'update' as const,
            attribute: 'content',
            text: 'differs',
            diff: unified(text, wanted),
            fingerprint: wanted,
          },
        ]),
    ...accessDifferences(ACCESS, is),
  ]
}

const applyOne = ({ name, props: { entries } }: Item<HostsFileProps>): Script =>
  replace(name, join([sh`{`, editScript(name, entries), sh`}`]), ACCESS)

/**
 * A block of addresses and names at the end of a hosts file. Other lines stay, except that names which the block maps
 * to another address are removed from them: `hostsFile('/etc/hosts', { entries: [{ address: '10.0.0.11', names:
 * ['zk-1'] }] })`.
 */
export const hostsFile = defineResource({
  name: 'hosts',
  properties,
  normalise({ entries, ensure }, path, wrong): HostsFileProps {
    pathBelowRoot('hosts', path)
    for (const [i, { address, names }] of entries.entries()) {
      const at = names.findIndex((name) => name.toLowerCase() === 'localhost')
      if (at >= 0 && !/^(127\.|::1$)/.test(address))
        wrong(`entries[${i}].names[${at}] is localhost, which programs expect at 127.0.0.1 or ::1, not at ${address}`)
    }
    return { entries: ensure === 'absent' ? [] : entries }
  },
  observe,
  parse,
  diff,
  apply: applyOne,
  needs: (path, { entries }) => (entries.length === 0 ? [] : madeIn(path)),
  lines: (path, { entries }) => ({
    path,
    keeps: () => block(entries).split('\n').slice(1, -2),
    drops: (line) => !editHosts(`${line}\n`, entries).split('\n').includes(line),
    fixed: true,
  }),
  // the rest of the file stays where the block goes
  places: (path, { entries }) => (entries.length === 0 ? [] : [{ path, as: 'part' }]),
})
