/**
 * Imports what is no part of the program: a URL, or a package. In the bundled program its launcher does it
 * (scripts/bundle.js): code that is kept between runs cannot.
 */
export const importOutside = (specifier: string): Promise<unknown> => import(specifier)

/** What the launcher of the bundled program offers; nothing in the library and in a checkout. */
export interface Launcher {
  /** What tells this installation, its version and Node's apart from all others. */
  readonly program: string
  /** Has something done when the run is over. It must not fail. */
  atLast(work: () => Promise<void>): void
}
/** The launcher that has started this program, if any has. */
export const launcher: Launcher | undefined = undefined
