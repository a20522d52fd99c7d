/** What a loader saw while it loaded users' files. */
export type Seen =
  | {
      readonly kind: 'resolved'
      readonly specifier: string
      /** URL of the file that imports it. */
      readonly parent: string
      readonly url: string
      readonly format: string | undefined
    }
  | {
      readonly kind: 'loaded'
      readonly url: string
      readonly format: string | undefined
      /** As Node runs it: what a transpiler made of the file. */
      readonly source: string
      /** Of the file, before it was read for that. */
      readonly digest: string
    }

/** Whether a file is compiled with the project, wherever it lies. Packages are not. */
export const isProjects = (url: string | undefined, home: string): url is string =>
  url?.startsWith('file:') === true && !url.includes('/node_modules/') && !url.startsWith(home)

/** The one package that may be compiled with a project. */
export const isValibot = (url: string): boolean => /^file:.*\/node_modules\/valibot\/dist\/index\.mjs$/.test(url)
