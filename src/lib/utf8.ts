/**
 * The text that bytes are in UTF-8; undefined where they are none: other bytes would silently become a sign of their
 * own.
 */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
