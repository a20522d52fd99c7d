// An object that may be one of several: it is taken for the one that it is most like.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { check } from '../../src/lib/check.ts'
import { showPath } from '../../src/lib/json-path.ts'

const test = suite('an object that may be one of several')

const source = v.union([
  v.strictObject({
    image: v.union([
      v.strictObject({ version: v.string(), pull: v.string(), digest: v.string() }),
      v.strictObject({ version: v.string(), id: v.string(), sha256: v.string() }),
    ]),
  }),
  v.strictObject({ tarball: v.string(), sha256: v.string(), java: v.optional(v.string(), 'jre') }),
])
const schema = v.object({
  source: v.pipe(source, v.description('piped')),
  more: v.optional(v.record(v.string(), source)),
  all: v.optional(v.array(source)),
  either: v.optional(v.union([v.string(), source, v.array(v.string())])),
  flag: v.optional(v.union([v.boolean(), v.object({ size: v.optional(v.number()) })])),
  names: v.optional(v.union([v.string(), v.record(v.string(), v.string())])),
})
const good = { tarball: 'x', sha256: 'y' }

for (const [value, ...faults] of [
  [{ source: good }],
  [{ source: {} }, 'source is not complete: it needs "image", or "tarball" and "sha256"'],
  [
    { source: { image: {} } },
    'source.image is not complete: it needs "version", "pull" and "digest", or "version", "id" and "sha256"',
  ],
  [
    { source: { image: { version: '1' } } },
    'source.image is not complete: it needs "pull" and "digest", or "id" and "sha256"',
  ],
  [
    { source: { image: { version: '1', pul: 'a', digest: 'b' } } },
    'source.image.pul is not a known key; did you mean "pull"?',
  ],
  [{ source: { image: { version: '1', pull: 'a' } } }, 'source.image.digest is missing'],
  [
    { source: { image: { version: 1, pull: 'a', digest: 'b' } } },
    'source.image.version must be text in double quotes, not 1',
  ],
  [{ source: { tarball: 'x' } }, 'source.sha256 is missing'],
  [{ source: { ...good, image: {} } }, 'source.image is not a known key; known are tarball, sha256, java'],
  [
    { source: { deb: 'x', of: 'y' } },
    'source.deb is not a known key; known are image, tarball, sha256, java',
    'source.of is not a known key; known are image, tarball, sha256, java',
  ],
  [{ source: { image: 'x' } }, 'source.image must be an object { … }, not "x"'],
  [{ source: [] }, 'source must be an object { … }, not a list'],
  [{ source: 'x' }, 'source must be an object { … }, not "x"'],
  [{ source: good, more: { a: good, b: { tarball: 'x' } } }, 'more.b.sha256 is missing'],
  [{ source: good, all: [good, { sha256: 'x' }] }, 'all[1].tarball is missing'],
  [{ source: good, either: 'x' }],
  [{ source: good, either: ['x'] }],
  [{ source: good, flag: {}, names: {} }],
  [{ source: good, flag: [] }, 'flag must be true or false or an object { … }, not a list'],
  [{ source: good, flag: [{ size: 1 }] }, 'flag must be true or false or an object { … }, not a list'],
  [{ source: good, names: ['x'] }, 'names must be text or an object { … }, not a list'],
] as const)
  test(JSON.stringify(value), () => {
    const said = check(schema, value).faults.map(({ path, message }) => `${showPath(path)} ${message}`)
    assert.equal(said.sort(), [...faults].sort())
  })

test.run()
