import * as v from 'valibot'

/** Reads what a program of ours wrote about itself; undefined if a full disk or a person has changed it. */
export function readState<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> | undefined {
  try {
    const { success, output } = v.safeParse(schema, JSON.parse(text))
    return success ? output : undefined
  } catch {
    return undefined
  }
}

/** What to say of such a file that cannot be read. @param unit whose start writes it anew */
export const unreadable = (path: string, unit: string): string =>
  `${path} is not what ${unit} writes there: systemctl restart ${unit} writes it anew`
