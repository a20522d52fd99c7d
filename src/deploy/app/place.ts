/**
 * The path of an app that another one names. It may be written from that one's own id: of `/shop/web`, `../db` is
 * `/shop/db`.
 */
export const absolute = (id: string, from: string): string => new URL(id, `http://marathon${from}/`).pathname
