import { isAlias, isMap, isNode, isScalar, LineCounter, type Pair, parseDocument, visit } from 'yaml'
import type { Path } from '../../lib/json-path.ts'
import { message } from '../../lib/message.ts'
import { type Problem, VAULTED } from './groups.ts'
import type { Where } from './tree.ts'

/** The content of a YAML file, and where its parts are written. */
export interface Yaml {
  readonly value: unknown
  readonly where: Where
  readonly problems: readonly Problem[]
}

const SEVERAL = 'a second document begins here (---), and only the first would be read: remove one of them'

const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key)

/**
 * Reads YAML as Ansible does: version 1.1, in which `yes` is true. Pure.
 * @param prefix the text before a line number
 */
export function readYaml(text: string, prefix = ''): Yaml {
  const counter = new LineCounter()
  const line = (offset: number): string => `${prefix}line ${counter.linePos(offset).line}`
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter: counter,
    prettyErrors: false,
    logLevel: 'error',
    customTags: [
      { tag: '!vault', resolve: () => VAULTED },
      { tag: '!unsafe', resolve: (value: string) => value },
    ],
  })
  const problems: Problem[] = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    where: line(pos[0]),
    message: code === 'MULTIPLE_DOCS' ? SEVERAL : `this is not YAML: ${message.split('\n')[0]}`,
  }))
  const where: Where = (path: Path) => {
    let node: unknown = document.contents
    let offset = document.contents?.range?.[0] ?? 0
    for (const key of path) {
      if (isAlias(node)) node = node.resolve(document)
      if (!isMap(node)) break
      const pair = node.items.find((each) => keyOf(each) === String(key))
      if (!pair) break
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    }
    return line(offset)
  }
  const lost: Problem[] = []
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) === undefined)
        lost.push({
          where: line(alias.range?.[0] ?? 0),
          message: `no anchor &${alias.source} stands before *${alias.source}`,
        })
    },
  })
  if (problems.length + lost.length > 0) return { value: undefined, where, problems: [...problems, ...lost] }
  try {
    return { value: document.toJS({ maxAliasCount: 1000 }), where, problems }
  } catch (error) {
    return { value: undefined, where, problems: [{ where: line(0), message: `this is not YAML: ${message(error)}` }] }
  }
}
