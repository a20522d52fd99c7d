/**
 * Imports what is no part of the program: a URL, or a package. In the bundled program its launcher does it
 * (scripts/bundle.js): code that is kept between runs cannot.
 */
export const importOutside = (specifier: string): Promise<unknown> => import(specifier)
