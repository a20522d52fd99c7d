/** Is a host name, or all names below one (`*.example.com`), among the names of certificates? */
export function isCertified(host: string, names: ReadonlySet<string>): boolean {
  const name = host.toLowerCase()
  return names.has(name) || names.has(name.replace(/^[^.]+/, '*'))
}

/** The names of certificates. */
export const certifiedNames = (certificates: readonly { readonly names: readonly string[] }[]): ReadonlySet<string> =>
  new Set(certificates.flatMap(({ names }) => names.map((name) => name.toLowerCase())))
