import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keptAs, LAYER_NAMES, type Layers, pruneLayer, releaseOf } from './support/layers.ts'

const test = suite('baked layers')

const LAYERS: Layers = {
  low: { make: 'install a' },
  high: { on: 'low', make: 'install b' },
  other: { release: '13', make: 'install a' },
}
const image = (release: string): string => `debian-${release}-1`
const names = (layers = LAYERS, of = image) => Object.keys(layers).map((name) => keptAs(name, layers, of))
/** Which of them get another name by a change. */
const renamed = (layers: Layers, of = image): readonly string[] => {
  const before = names()
  return Object.keys(layers).filter((_, i) => names(layers, of)[i] !== before[i])
}

test('a layer is kept under a name that says what it is made of', () => {
  assert.equal(renamed({ ...LAYERS }), [])
  assert.match(keptAs('high', LAYERS, image), /^high-[0-9a-f]{8}$/)
  assert.equal(renamed({ ...LAYERS, high: { on: 'low', make: 'install c' } }), ['high'])
  assert.equal(renamed({ ...LAYERS, low: { make: 'install c' } }), ['low', 'high'], 'and those on it')
  assert.equal(
    renamed(LAYERS, (release) => (release === '13' ? 'debian-13-2' : image(release))),
    ['other'],
  )
})

test('a layer has the release of the lowest one', () => {
  assert.equal(
    Object.keys(LAYERS).map((name) => releaseOf(name, LAYERS)),
    ['12', '12', '13'],
  )
  assert.equal(
    LAYER_NAMES.filter((name) => !name.endsWith(`-${releaseOf(name)}`)),
    [],
  )
})

test('what a layer was earlier is removed when nobody has used it for a week, or has it now', () => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-layers-'))
  try {
    const make = (name: string, days: number): void => {
      mkdirSync(join(folder, name))
      const used = new Date(Date.now() - days * 24 * 3600 * 1000)
      utimesSync(join(folder, name), used, used)
    }
    make('low', 8)
    make('low-00000001', 8)
    make('low-00000002', 6)
    make('low-00000003', 8)
    make('low-12-00000004', 8)
    make('low-00000005', 8)
    pruneLayer(folder, 'low', 'low-00000005', `overlay / overlay lowerdir=${folder}/low-00000003/disk:/x 0 0`)
    assert.equal(readdirSync(folder).sort(), ['low-00000002', 'low-00000003', 'low-00000005', 'low-12-00000004'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
