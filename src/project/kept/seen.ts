/** What the loader saw while it loaded users' files. */
export type Seen =
  | {
      readonly kind: 'resolved'
      readonly specifier: string
      /** The URL of the importing file. */
      readonly parent: string
      readonly url: string
      readonly format: string | undefined
    }
  | {
      readonly kind: 'loaded'
      readonly url: string
      readonly format: string | undefined
      /** The text that Node runs: the transpiler's output. */
      readonly source: string
      /** The file's digest before it was read. */
      readonly digest: string
    }

/** Is a file compiled with the project, wherever it is? Packages are not. */
export const isProjects = (url: string | undefined, home: string): url is string =>
  url?.startsWith('file:') === true && !url.includes('/node_modules/') && !url.startsWith(home)

/** The only package that may be compiled with a project. */
export const isValibot = (url: string): boolean => /^file:.*\/node_modules\/valibot\/dist\/index\.mjs$/.test(url)
