import { grouped } from '../lib/grouped.ts'
import { UserError } from '../lib/user-error.ts'
import type { Mistake } from '../model/recipe.ts'

/** Up to so many equal mistakes are each told; of more the first, with their number. */
const FEW_EQUAL = 10

/**
 * What is equal about the mistakes of several hosts: the path but for the host and its lists' indices, and the message.
 */
const kindOf = ({ path, message }: Mistake): string =>
  `${path.replace(/^hosts(\.[\w$-]+|\["([^"\\]|\\.)*"\])(.*)$/s, (_, _host, _escaped, rest) => rest.replaceAll(/\[\d+\]/g, '[]'))}\0${message}`

/** One line for each, or for the first of many that are equal. */
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

/** The inventory cannot be used. `message` lists every mistake with its JSON path, ready to be printed. */
export class InventoryError extends UserError {
  override readonly name: string = 'InventoryError'
  readonly mistakes: readonly Mistake[]
  constructor(file: string, mistakes: readonly Mistake[]) {
    super(list(`${file} has ${mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`}:`, lines(mistakes)))
    this.mistakes = mistakes
  }
}

/**
 * The inventory's file cannot be read, or is not JSON: one sentence, with line and column and the line itself where
 * there is one.
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
