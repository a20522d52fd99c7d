/**
 * The absolute id of an app that another app refers to. Relative ids start at the other app: in `/shop/web`, `../db` is
 * `/shop/db`.
 */
export const absolute = (id: string, from: string): string => new URL(id, `http://marathon${from}/`).pathname
