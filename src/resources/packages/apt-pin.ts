import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import { normaliseFile } from '../files/file.ts'
import { type OwnFile, ownFileType } from '../files/own-file.ts'
import { ensure } from '../kit/properties.ts'

const names = v.pipe(
  v.array(v.pipe(v.string(), v.regex(/^(\/.+\/|[\w*?[\].+:-]+)$/, 'the name of a package, or a pattern'))),
  v.nonEmpty(),
)

/** A release is written with fields (`o=Debian,n=bookworm`) or as one word, its name or version. */
function hasFields(pin: string): boolean {
  const release = /^release (.*=.*)$/.exec(pin)?.[1]
  return release === undefined || release.split(',').every((field) => /^\s*[anvolcb]=./i.test(field))
}

const properties = v.object({
  packages: v.optional(v.pipe(names, v.description("The packages: names or patterns (`['nginx*']`, `['*']`)."))),
  pin: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(release|version|origin) \S[^\n\r\0]*$/,
        'a pin like "release n=bookworm-backports", "version 1.2*" or "origin host"',
      ),
      v.check(
        hasFields,
        'must be a release by its fields a, n, v, o, l, c and b, like "release o=Debian,n=bookworm": apt ignores others',
      ),
      v.description(
        'Which versions, as in `apt_preferences(5)`: `release n=bookworm-backports`, `version 1.24*`, `origin deb.example.com`.',
      ),
    ),
  ),
  priority: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(-32768),
      v.maxValue(32767),
      v.check((n) => n !== 0, 'must not be 0: apt gives that no meaning'),
      v.description('The priority. Above 1000, apt even downgrades; below 0, it never installs.'),
    ),
  ),
  ensure: ensure('`absent` removes the pin.'),
})

/**
 * Which versions of packages apt prefers: `aptPin('backports', { packages: ['nginx*'], pin: 'release
 * n=bookworm-backports', priority: 600 })`. It is written to /etc/apt/preferences.d.
 */
export const aptPin = defineResource({
  ...ownFileType<OwnFile>('aptPin'),
  properties,
  normalise({ packages, pin, priority, ensure }, name, wrong): OwnFile {
    // apt silently ignores files with other names
    if (!/^[a-z0-9][\w-]*$/i.test(name)) wrong('a name consists of letters, digits, "_" and "-"')
    const what = `aptPin ${JSON.stringify(name)}`
    const path = `/etc/apt/preferences.d/${name}.pref`
    if (ensure === 'absent') return { file: { name: path, props: normaliseFile({ ensure }, what) } }
    if (packages === undefined || pin === undefined || priority === undefined)
      return wrong("give packages, pin and priority, or ensure: 'absent'")
    const content = `Package: ${packages.join(' ')}\nPin: ${pin}\nPin-Priority: ${priority}\n`
    const validate = [
      'apt-cache',
      '-o',
      'Dir::Etc::Preferences=%s',
      '-o',
      'Dir::Etc::PreferencesParts=/dev/null',
      'policy',
    ]
    return { file: { name: path, props: normaliseFile({ content, validate: [...validate] }, what) } }
  },
})
