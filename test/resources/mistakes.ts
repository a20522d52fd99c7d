import * as assert from 'uvu/assert'
import * as words from '../../src/index.ts'

/** A word as a recipe in JavaScript calls it: with anything. */
type AnyWord = (name: unknown, props: unknown) => unknown

/** All words, by their names. */
export const anyWords = words as unknown as Record<string, AnyWord>

/** What a recipe wrote, and the sentence it gets. */
export type Mistake = readonly [word: AnyWord | undefined, name: unknown, props: unknown, sentence: string]

/** The word throws this sentence. */
export function refuses([word, name, props, sentence]: Mistake): void {
  assert.type(word, 'function')
  assert.throws(
    () => (word as AnyWord)(name, props),
    (error: unknown) => {
      assert.instance(error, TypeError)
      assert.is((error as Error).message, sentence)
      return true
    },
  )
}
