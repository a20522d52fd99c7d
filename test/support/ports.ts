import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

const CLAIMS = join(tmpdir(), `provision-test-ports-${userInfo().uid}`)

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Makes a port this process's own until it ends; false: it is somebody else's. */
function claimed(port: number): boolean {
  mkdirSync(CLAIMS, { recursive: true })
  const claim = join(CLAIMS, String(port))
  try {
    writeFileSync(claim, String(process.pid), { flag: 'wx' })
  } catch {
    try {
      if (!runs(Number(readFileSync(claim, 'utf8')))) rmSync(claim, { force: true }) // free for who comes next
    } catch {} // just given up
    return false
  }
  process.on('exit', () => rmSync(claim, { force: true }))
  return true
}

/**
 * A free loopback port. It is below the range from which the kernel picks ports for connections and for listeners that
 * request any (32768 and above), so that none of them takes it before the intended daemon; and no other test, in this
 * process or another one, is given it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000)
    if (claimed(port) && (await isFree(port))) return port
  }
}
