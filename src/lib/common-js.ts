/** CommonJS names that may occur in files that are ES modules, and their replacements. */
const INSTEAD = {
  require: 'write import',
  module: 'write export',
  exports: 'write export',
  __dirname: 'write import.meta.dirname',
  __filename: 'write import.meta.filename',
} as const

const isName = (name: string): name is keyof typeof INSTEAD => Object.hasOwn(INSTEAD, name)

/** The advice for a CommonJS name in an ES module. @param file its name */
function told(name: keyof typeof INSTEAD, file: string): string {
  const ending = /ts$/.test(file) ? '' : ", or end the file's name in .cjs"
  return `${name} belongs to CommonJS, and this file is an ES module: ${INSTEAD[name]}${ending}`
}

/** The advice for an error that a CommonJS name has caused; undefined for other errors. @param file where it is */
export function commonJsFault(error: unknown, file: string): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReferenceError') return undefined
  const [, name = ''] = /^(\w+) is not defined/.exec(error.message) ?? []
  return isName(name) ? told(name, file) : undefined
}

/** Is this text that of an ES module: does it import or export? */
export const isModule = (text: string): boolean => /^\s*(import\b(?!\s*[(.])|export\b)/m.test(text)

/** The advice for the text of a file that has no ES module exports. */
export function commonJsExports(text: string, file: string): string | undefined {
  if (isModule(text)) return undefined
  const [, name = ''] = /^\s*(module|exports)\s*\.\s*\w+(?:\s*\.\s*\w+)*\s*=/m.exec(text) ?? []
  return isName(name) ? told(name, file) : undefined
}
