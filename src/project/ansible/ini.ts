import { present } from '../../lib/compact.ts'
import { addHosts, emptyInventory, type Grouped, groupIn, settle, type Variables } from './groups.ts'
import { literal } from './literal.ts'

/** Splits a line into words as a shell would; `#` begins a comment. Undefined if a quote is not closed. */
function words(line: string): readonly string[] | undefined {
  const found: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; ) {
    const rest = line.slice(at)
    const quoted = /^'([^']*)'|^"((?:[^"\\]|\\.)*)"/s.exec(rest)
    const sign = rest.charAt(0)
    if (quoted) {
      word = (word ?? '') + (quoted[1] ?? present(quoted[2]).replace(/\\(["\\])/g, '$1'))
      at += quoted[0].length
      continue
    }
    if (sign === '"' || sign === "'") return undefined
    if (sign === '#') break
    if (/\s/.test(sign)) {
      if (word !== undefined) found.push(word)
      word = undefined
      at++
      continue
    }
    word = (word ?? '') + (sign === '\\' ? (rest[1] ?? '') : sign)
    at += sign === '\\' ? 2 : 1
  }
  return word === undefined ? found : [...found, word]
}

interface Section {
  readonly group: string
  readonly kind: 'hosts' | 'vars' | 'children'
}

/** Reads one line of a section; returns what is wrong with it. */
type Reader = (grouped: Grouped, group: string, text: string, where: string) => string | undefined

const variable: Reader = (grouped, group, text, where) => {
  const [, key, value] = /^([^=]*?)\s*=\s*(.*)$/.exec(text) ?? []
  if (!key) return `[${group}:vars] takes lines KEY=VALUE, and "${text}" is not one`
  groupIn(grouped, group, where).vars.set(key, { value: literal(present(value)), where })
  return undefined
}

const child: Reader = (grouped, group, text, where) => {
  const [, name] = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(text) ?? []
  if (name === undefined) return `[${group}:children] takes names of groups, and "${text}" is not one`
  groupIn(grouped, group, where).children.set(name, where)
  return undefined
}

const hosts: Reader = (grouped, group, text, where) => {
  const found = words(text)
  if (!found) return 'a quote is never closed'
  const [pattern = '', ...settings] = found
  const vars: Variables = new Map()
  for (const setting of settings) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? []
    if (key === undefined) return `only KEY=VALUE can follow a host, and "${setting}" is not one`
    vars.set(key, { value: literal(present(value)), where })
  }
  addHosts(grouped, groupIn(grouped, group, where), pattern, vars, where)
  return undefined
}

const READERS: Readonly<Record<Section['kind'], Reader>> = { hosts, vars: variable, children: child }

const KINDS = ['hosts', 'vars', 'children'] as const

/** Reads an Ansible inventory in INI format. Pure. */
export function readIni(text: string): Grouped {
  const grouped = emptyInventory()
  let section: Section = { group: 'ungrouped', kind: 'hosts' }
  const vars = new Map<string, string>()
  const defined = new Set(grouped.groups.keys())
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const trimmed = raw.trim()
    if (trimmed === '' || /^[#;]/.test(trimmed)) continue
    const where = `line ${index + 1}`
    const [, group, word = 'hosts'] = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(trimmed) ?? []
    const kind = KINDS.find((each) => each === word)
    if (group !== undefined && kind !== undefined) {
      section = { group, kind }
      if (kind === 'vars') vars.set(group, vars.get(group) ?? where)
      else defined.add(group)
      if (kind !== 'vars') groupIn(grouped, group, where)
    } else if (group !== undefined || /^\[[^\]]*\]?$/.test(trimmed)) {
      const message = `${trimmed} is not a section: [GROUP], [GROUP:vars] and [GROUP:children] are`
      grouped.problems.push({ where, message })
    } else {
      const message = READERS[section.kind](grouped, section.group, trimmed, where)
      if (message !== undefined) grouped.problems.push({ where, message })
    }
  }
  for (const [group, where] of vars)
    if (!defined.has(group)) grouped.problems.push({ where, message: `there is no group "${group}"` })
  settle(grouped)
  return grouped
}
