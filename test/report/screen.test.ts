import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { reflowed, Screen } from '../../src/report/terminal/screen.ts'

const test = suite('report screen')

const make = (columns = 10) => {
  const writes: string[] = []
  const stream = { columns, rows: 5, write: (text: string) => writes.push(text) }
  return { writes, stream, screen: new Screen(stream, (line) => line.length) }
}

test('the same frame is written once', () => {
  const { writes, screen } = make()
  screen.paint(['a', 'b'])
  screen.paint(['a', 'b'])
  assert.is(writes.length, 1)
  screen.paint(['a', 'c'])
  assert.is(writes.length, 2)
  assert.match(writes[1] as string, '\x1b[2A')
  screen.close()
  assert.match(writes.join(''), /\x1b\[\?25l[\s\S]*\x1b\[\?25h$/)
})

test('after the terminal has become narrower, the old frame is found again', () => {
  const { writes, stream, screen } = make(10)
  screen.paint(['123456789', '123', ''])
  stream.columns = 4
  screen.paint(['new'], true)
  assert.match(writes[1] as string, '\x1b[5A')
  assert.is(reflowed([9, 3, 0], 4), 5)
  screen.close()
})

test('a terminal that says it has no columns has not wrapped anything', () => {
  const { writes, screen } = make(0)
  screen.paint(['1234'])
  screen.paint(['new'])
  assert.match(writes[1] as string, '\x1b[1A')
  screen.close()
})

test('a closed screen leaves no listener behind', () => {
  const before = process.listenerCount('exit')
  for (let i = 0; i < 20; i++) {
    const { screen } = make()
    screen.paint(['x'])
    screen.close()
  }
  assert.is(process.listenerCount('exit'), before)
})

test.run()
