import * as v from 'valibot'
import { secret } from '../../src/index.ts'

/** A login at the master. It is written to a JSON file, so neither part may need escaping. */
export const credential = v.strictObject({
  principal: v.pipe(
    v.string(),
    v.regex(/^[\w.@/-]+$/, 'a name of letters, digits and "_", ".", "@", "/", "-"'),
    v.description('Its name.'),
  ),
  secret: secret({
    form: { pattern: /^[^"\\\s\x00-\x1f]+$/, wanted: 'text without white space, quotes and backslashes' },
    description: 'Its secret.',
  }),
})
