import { Refusal } from './http.ts'

type Labels = Readonly<Record<string, string>>
type Test = (labels: Labels) => boolean

const NAME = '[^\\s=!,()]+'
const list = (text: string): string[] => text.split(',').map((word) => word.trim())

const forms: readonly [RegExp, (...groups: string[]) => Test][] = [
  [new RegExp(`^(${NAME})\\s*==\\s*(${NAME})$`), (key, value) => (labels) => labels[key as string] === value],
  [new RegExp(`^(${NAME})\\s*!=\\s*(${NAME})$`), (key, value) => (labels) => labels[key as string] !== value],
  [
    new RegExp(`^(${NAME})\\s+in\\s+\\((.*)\\)$`),
    (key, values) => (labels) => list(values as string).includes(labels[key as string] ?? '\0'),
  ],
  [
    new RegExp(`^(${NAME})\\s+notin\\s+\\((.*)\\)$`),
    (key, values) => (labels) => !list(values as string).includes(labels[key as string] ?? '\0'),
  ],
  [new RegExp(`^!(${NAME})$`), (key) => (labels) => !((key as string) in labels)],
  [new RegExp(`^(${NAME})$`), (key) => (labels) => (key as string) in labels],
]

/** A label selector; parts are joined by commas outside of parentheses. @throws Refusal 422 */
export const selector = (text: string): Test => {
  const tests = text.split(/,(?![^(]*\))/).map((part) => {
    for (const [form, make] of forms) {
      const found = form.exec(part.trim())
      if (found) return make(...found.slice(1))
    }
    throw new Refusal(422, { message: `Can not parse label selector ${text}. Reason: end of input expected` })
  })
  return (labels) => tests.every((test) => test(labels))
}
