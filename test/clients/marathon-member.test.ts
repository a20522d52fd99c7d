import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NONE_IS_MISSED } from '../../src/balancing/chain.ts'
import { MarathonAwayError, marathon } from '../../src/clients/marathon.ts'
import { marathonMember } from '../../src/clients/marathon-member.ts'
import { Secret } from '../../src/shell/secret.ts'
import { type Asked, httpPeer, type Said } from '../support/http-peer.ts'

const test = suite('cluster/marathon')

/** What a real Marathon 1.11.26 answered. */
const recorded = (name: string): string =>
  readFileSync(new URL(`answers/marathon/${name}.txt`, import.meta.url), 'utf8')

function hosts(...says: readonly ((asked: Asked) => Said)[]) {
  const asked: Asked[] = []
  const all = says.map((answer, i) => ({
    name: `m${i + 1}`,
    dial: httpPeer((what) => {
      asked.push(what)
      return answer(what)
    }),
  }))
  return { asked, client: marathon({ hosts: all }) }
}
const away = async (promise: Promise<unknown>): Promise<readonly [message: string, runs: boolean]> =>
  promise.then(
    () => {
      throw new Error('it resolved')
    },
    (error: unknown) => {
      if (!(error instanceof MarathonAwayError)) throw error
      return [error.message, error.runs] as const
    },
  )

test('all apps with their tasks and deployments, in one question', async () => {
  const { client, asked } = hosts(() => ({ body: recorded('apps') }))
  const [app, ...more] = await client.apps()
  assert.is(more.length, 0)
  assert.equal([app?.id, app?.instances, app?.deployments], ['/web', 2, []])
  assert.equal(
    app?.tasks.map((task) => [task.state, task.host, task.healthy]),
    [
      ['TASK_RUNNING', 'agent1', undefined],
      ['TASK_RUNNING', 'agent2', undefined],
    ],
  )
  assert.equal(
    asked.map((what) => `${what.path}?${what.query}`),
    ['/v2/apps?embed=apps.tasks&embed=apps.deployments'],
  )
})

test('tasks are ended by their ids, and others started for them', async () => {
  const { client, asked } = hosts(() => ({ body: '{"tasks":[]}' }))
  await client.changes(NONE_IS_MISSED).kill(['a', 'b'])
  assert.equal(
    asked.map((what) => `${what.method} ${what.path}${what.query} ${what.body}`),
    ['POST /v2/tasks/delete {"ids":["a","b"]}'],
  )
})

test('nobody answers, or somebody does who knows no leader', async () => {
  assert.equal(await away(hosts(() => new Error('gone')).client.deployments()), [
    'Marathon does not answer: m1: GET /v2/deployments: gone',
    false,
  ])
  assert.equal(
    await away(
      hosts(
        () => new Error('gone'),
        () => ({ status: 502 }),
      ).client.deployments(),
    ),
    ['Marathon does not answer: m1: GET /v2/deployments: gone; m2: GET /v2/deployments answered 502', true],
  )
})

for (const [what, said, is] of [
  [
    'the leader',
    { body: recorded('info') },
    {
      is: 'leader',
      leader: 'marathon1:8080',
      version: '1.11.26',
      frameworkId: '25c79001-dd24-4d9b-8890-c0411d5abefa-0000',
    },
  ],
  [
    'a standby, which passes the question on',
    { body: recorded('info'), headers: { 'X-Marathon-Via': '1.1 marathon2:8080' } },
    {
      is: 'standby',
      leader: 'marathon1:8080',
      version: '1.11.26',
      frameworkId: '25c79001-dd24-4d9b-8890-c0411d5abefa-0000',
    },
  ],
  [
    'one that has never seen Mesos',
    { body: { leader: 'm:8080', version: '1', frameworkId: null } },
    { is: 'leader', leader: 'm:8080', version: '1' },
  ],
  ['one whose leader is away', { status: 500 }, { is: 'no-leader' }],
  ['one that does not know us', { status: 401, body: '<html>' }, { is: 'locked' }],
] as const) {
  test(`${what}`, async () => assert.equal(await marathonMember(httpPeer(() => said)), is))
}

test('who asks is said, where that is wanted', async () => {
  let header: string | undefined
  const dial = httpPeer(({ headers }) => {
    header = headers.authorization
    return { body: {} }
  })
  await marathonMember(dial, new Secret('ops:s3cret'))
  assert.is(header, `Basic ${Buffer.from('ops:s3cret').toString('base64')}`)
})

test.run()
