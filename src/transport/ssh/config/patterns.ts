/** Does a pattern of ssh_config, with `*` and `?`, match a text? */
function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

/** Matches the patterns of a `Host` line: a negated pattern that matches overrides all others. */
export function matchesHostLine(host: string, patterns: readonly string[]): boolean {
  let matches = false
  for (const pattern of patterns) {
    if (!pattern.startsWith('!')) matches ||= matchesPattern(host, pattern)
    else if (matchesPattern(host, pattern.slice(1))) return false
  }
  return matches
}

/** Matches the comma-separated patterns of a `Match` criterion. */
export const matchesList = (text: string, list: string): boolean => matchesHostLine(text, list.split(','))
