import { grouped } from '../lib/grouped.ts'
import { UserError } from '../lib/user-error.ts'
import type { Mistake } from '../model/recipe.ts'

/** Up to this many equal mistakes are listed; of more, only the first, with their number. */
const FEW_EQUAL = 10

/** What equal mistakes of several hosts share: the message, and the path without the host and list indices. */
const kindOf = ({ path, message }: Mistake): string =>
  `${path.replace(/^hosts(\.[\w$-]+|\["([^"\\]|\\.)*"\])(.*)$/s, (_, _host, _escaped, rest) => rest.replaceAll(/\[\d+\]/g, '[]'))}\0${message}`

/** One line per mistake, or one for many equal ones. */
function lines(mistakes: readonly Mistake[]): readonly Mistake[] {
  const kinds = grouped(mistakes, kindOf)
  return mistakes.flatMap((each) => {
    const equal = kinds.get(kindOf(each)) ?? []
    if (equal.length <= FEW_EQUAL) return [each]
    const last = equal.at(-1)?.path
    return equal[0] === each
      ? [{ path: each.path, message: `${each.message} (the same ${equal.length - 1} times more, up to ${last})` }]
      : []
  })
}

function list(title: string, mistakes: readonly Mistake[]): string {
  const width = Math.min(60, Math.max(...mistakes.map((m) => m.path.length)))
  return [title, ...mistakes.map((m) => `  ${m.path.padEnd(width)}   ${m.message}`)].join('\n')
}

/** The inventory cannot be used. `message` lists every mistake with its JSON path, ready to print. */
export class InventoryError extends UserError {
  override readonly name: string = 'InventoryError'
  readonly mistakes: readonly Mistake[]
  constructor(file: string, mistakes: readonly Mistake[]) {
    super(list(`${file} has ${mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`}:`, lines(mistakes)))
    this.mistakes = mistakes
  }
}

/**
 * The inventory's file is unreadable or not JSON: one sentence, with line, column and the line itself if there is one.
 */
export class InventoryFileError extends InventoryError {
  override readonly name = 'InventoryFileError'
  constructor(message: string) {
    super('', [])
    this.message = message
  }
}

/** The selection matches no host. The message is one sentence. */
export class SelectionError extends UserError {
  override readonly name = 'SelectionError'
}
