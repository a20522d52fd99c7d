/**
 * Imports something outside the program: a URL, or a package. In the bundled program, its launcher does that
 * (scripts/bundle.js), because code from V8's cache cannot import.
 */
export const importOutside = (specifier: string): Promise<unknown> => import(specifier)

/** What the bundled program's launcher offers; absent in the library and in a checkout. */
export interface Launcher {
  /** Identifies this installation, its version and Node's. */
  readonly program: string
  /** Registers work for after the run. It must not fail. */
  atLast(work: () => Promise<void>): void
}
/** The launcher that started this program, if any. */
export const launcher: Launcher | undefined = undefined
