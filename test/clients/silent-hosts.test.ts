// Whoever asks several hosts for one answer: hosts that are off must not cost a time limit each.

import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { consulServing } from '../../src/backup/consul.ts'
import type { Links } from '../../src/backup/links.ts'
import { frameworkOf } from '../../src/backup/marathon.ts'
import { waitAtMost } from '../../src/lib/wait/at-most.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import { marathonAt } from '../../src/registrar/marathon/stream.ts'
import { httpPeer } from '../support/http-peer.ts'

const test = suite('hosts that are silent')

const NAMES = ['m-1', 'm-2', 'm-3', 'm-4']
const hosts = NAMES.map((name) => ({ name, address: name, privateAddress: name, roles: [], vars: {} }))
const cluster = { hosts, withRecipe: () => hosts } as unknown as Cluster

/** The last host answers; the others accept a connection, and are silent. */
const answers = httpPeer(({ path }) => ({ body: path === '/v2/info' ? { frameworkId: 'f' } : '"10.0.0.4:8300"' }))
const silent = httpPeer(() => undefined)
const reach = ({ name }: { readonly name: string }) => (name === 'm-4' ? answers : silent)
const links = { reach, loopback: reach } as unknown as Links

/** One after the other, three silent hosts take 15 s: three time limits, in time that this process had. */
const BEFORE = 14_000
async function soon<T>(work: Promise<T>): Promise<T> {
  let late = false
  const stop = waitAtMost(BEFORE, () => {
    late = true
  })
  const is = await work.finally(stop)
  assert.not(late, `it took longer than ${BEFORE} ms`)
  return is
}

test("a backup's Consul server", async () => assert.is((await soon(consulServing(cluster, links)))?.name, 'm-4'))

test("a backup's Marathon", async () => assert.is((await soon(frameworkOf(cluster, links))).frameworkId, 'f'))

test("the registrar's Marathon", async () => {
  const servers = NAMES.map((name) =>
    createServer((socket) => {
      socket.on('error', () => undefined)
      if (name === 'm-4') socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n{"apps":[]}'))
    }),
  )
  const urls = await Promise.all(servers.map(listening))
  const patience = { connect: 5000, answer: 5000 }
  try {
    const found = marathonAt(urls, () => undefined, patience, 1000).apps(new AbortController().signal)
    assert.equal((await soon(found)).apps, [])
  } finally {
    for (const server of servers) server.close()
  }
})

const listening = (server: Server): Promise<string> =>
  new Promise((done) =>
    server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)),
  )

test.run()
