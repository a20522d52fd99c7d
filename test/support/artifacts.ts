import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import type { Test } from 'uvu'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { gateway, netOf } from '../../src/sandbox/network/network.ts'
import { missingPart, type Part, type PartName, part } from './parts.ts'

/** A file that hosts can fetch. */
export interface Offered {
  readonly url: string
}

/** Serves files of this machine to hosts over HTTP, with ranges, so that hosts can resume a download. */
export interface Artifacts {
  /** Serves a file. Its URL ends with the file's own name. */
  offer(file: string): Offered
  close(): Promise<void>
}

/** Serves files at an address of this machine, on a free port. */
export async function serve(address: string): Promise<Artifacts> {
  const files = new Map<string, string>()
  const server: Server = createServer((request, response) => answer(files.get(request.url ?? ''), request, response))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve))
  server.unref() // it must not keep the process alive
  const { port } = server.address() as AddressInfo
  return {
    offer(file) {
      const known = [...files].find(([, path]) => path === file)?.[0]
      const path = known ?? `/${files.size + 1}/${encodeURIComponent(basename(file))}`
      files.set(path, file)
      return { url: `http://${address}:${port}${path}` }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(file: string | undefined, request: IncomingMessage, response: ServerResponse): void {
  const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })
  if (file === undefined || !stat?.isFile()) return void response.writeHead(404).end()
  const { size } = stat
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  const part = from !== '' || to !== ''
  const last = part && from === '' ? Number(to) : size
  const start = from === '' ? Math.max(0, size - last) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (part && start > end) return void response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end()
  response.writeHead(part ? 206 : 200, {
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - start + 1,
    ...(part ? { 'Content-Range': `bytes ${start}-${end}/${size}` } : {}),
  })
  if (request.method === 'HEAD' || size === 0) return void response.end()
  // a client that disconnects is no failure
  pipeline(createReadStream(file, { start, end }), response, () => undefined)
}

/**
 * What a suite gets: parts, and files of its own, at the sandbox's address. Available only once the sandbox has hosts,
 * because its network is created with them.
 */
export interface SuiteArtifacts {
  part(name: PartName): Promise<Part & Offered>
  offer(file: string): Promise<Offered>
}

/**
 * Serves the named parts to the hosts of a suite's sandbox until the suite ends. If this machine cannot make one, that
 * is a failure with CI=true; otherwise the suite is skipped, and named.
 *
 *     const { box } = await withHosts(test, import.meta.url)
 *     const artifacts = withArtifacts(test, box, ['consul'])
 *     test('…', async () => { const { url, sha256, version } = await artifacts.part('consul') })
 */
export function withArtifacts(test: Test<unknown>, box: Sandbox, names: readonly PartName[] = []): SuiteArtifacts {
  const why = names.map(missingPart).find((text) => text !== undefined)
  if (why !== undefined) {
    if (process.env.CI === 'true') throw new Error(`must run in CI: ${why}`)
    console.log(`not run here: ${why}`)
    test.run = () => {}
  }
  let server: Promise<Artifacts> | undefined
  const open = (): Promise<Artifacts> => {
    const net = netOf(box.hosts()[0]?.address ?? '')
    if (net === undefined) throw new Error('the sandbox has no network before it has hosts')
    server ??= serve(gateway(net))
    return server
  }
  test.after(async () => (await server)?.close())
  const offer = async (file: string) => (await open()).offer(file)
  return {
    offer,
    part: async (name) => {
      const made = await part(name)
      return { ...made, ...(await offer(made.file)) }
    },
  }
}
