import { UserError } from '../lib/user-error.ts'
import type { Mistake } from '../model/recipe.ts'

const list = (title: string, mistakes: readonly Mistake[]): string => {
  const width = Math.min(60, Math.max(...mistakes.map((m) => m.path.length)))
  return [title, ...mistakes.map((m) => `  ${m.path.padEnd(width)}   ${m.message}`)].join('\n')
}

/** The inventory cannot be used. `message` lists every mistake with its JSON path, ready to be printed. */
export class InventoryError extends UserError {
  override readonly name: string = 'InventoryError'
  readonly mistakes: readonly Mistake[]
  constructor(file: string, mistakes: readonly Mistake[]) {
    super(list(`${file} has ${mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`}:`, mistakes))
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
