const reporting = new URL('./uvu.ts', import.meta.url).href

/** Resolves `uvu` to the one that reports, which itself gets the real one. */
export const resolve = (specifier, context, next) =>
  specifier === 'uvu' && context.parentURL?.split('?')[0] !== reporting
    ? { url: reporting, format: 'module', shortCircuit: true }
    : next(specifier, context)
