import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clusterOf, mistakesOf, SOURCES, stack } from '../support.ts'
import { loggedIn, vars } from './ground.ts'

const test = suite('recipes/mesos-master: mistakes')

for (const [what, make, says] of [
  [
    'two masters',
    () => stack({ masters: 2 }),
    /2 hosts run mesos-master: an even number tolerates no more failures than 1 would/,
  ],
  ['four masters', () => stack({ masters: 4 }), /Use 3 or 5/],
  [
    'four masters, which were accepted once',
    () => stack({ masters: 4, vars: vars({ allowEven: true }) }),
    /Use 3 or 5\. vars\.mesos-master\.allowEven is no longer needed: a run goes through 4 members by itself/,
  ],
  [
    'three masters, and what let them grow once',
    () =>
      stack({
        vars: { zookeeper: { allowEven: true }, 'consul-server': { allowEven: true }, ...vars({ allowEven: true }) },
      }),
    /it was accepted/,
  ],
  [
    'a quorum that is no majority',
    () => stack({ vars: vars({ quorum: 1 }) }),
    /quorum +must be more than half of the 3 masters, and no more than all of them: 2 to 3, not 1/,
  ],
  ['a quorum of too many', () => stack({ vars: vars({ quorum: 4 }) }), /not 4/],
  ['the quorum of the step before', () => stack({ vars: vars({ quorum: 3 }) }), /it was accepted/],
  [
    'a flag that is misspelt',
    () => stack({ vars: vars({ flags: { work_dri: '/x' } }) }),
    /flags\.work_dri +is not a flag of mesos-master, which would not start; did you mean "work_dir"/,
  ],
  [
    'a flag of another program',
    () => stack({ vars: vars({ flags: { containerizers: 'docker' } }) }),
    /flags\.containerizers +is not a flag of mesos-master/,
  ],
  [
    'an old name',
    () => stack({ vars: vars({ flags: { slave_ping_timeout: '1secs' } }) }),
    /flags\.slave_ping_timeout +is an old name: write "agent_ping_timeout"/,
  ],
  [
    'a flag that the recipe sets',
    () => stack({ vars: vars({ flags: { quorum: 2 } }) }),
    /flags\.quorum +is set by this recipe: write vars\.mesos-master\.quorum/,
  ],
  [
    'the flag that is none',
    () => stack({ vars: vars({ flags: { enable_cgroupsv2: true } }) }),
    /flags\.enable_cgroupsv2 +is never given: the program does not know it/,
  ],
  [
    'a switch with a value',
    () => stack({ vars: vars({ flags: { log_auto_initialize: 'yes' } }) }),
    /is on or off: write true or false/,
  ],
  [
    'a value for a switch',
    () => stack({ vars: vars({ flags: { weights: true } }) }),
    /takes a value, not true or false/,
  ],
  [
    'a flag of two lines',
    () => stack({ vars: vars({ flags: { weights: 'a\nMESOS_X=1' } }) }),
    /flags\.weights +is one line/,
  ],
  [
    'a duration that is none',
    () => stack({ vars: vars({ offerTimeout: '2m' }) }),
    /offerTimeout +must be a duration like/,
  ],
  [
    'a lock without a key',
    () => stack({ vars: vars({ authenticateHttp: true }) }),
    /operator +is missing: with authenticateHttp, provision must log in, too/,
  ],
  [
    'agents that do not log in where they must',
    () => stack({ slaves: 1, vars: vars({ authenticateAgents: true }) }),
    /s-1\.vars\.mesos-agent\.credential +is missing: vars\.mesos-master\.authenticateAgents refuses who does not log in/,
  ],
  [
    'a Marathon that does not log in where it must',
    () => stack({ vars: vars({ authenticateFrameworks: true }) }),
    /marathon\.mesosPrincipal +is missing: vars\.mesos-master\.authenticateFrameworks refuses/,
  ],
  [
    'agents and a Marathon that the masters do not know',
    () => stack({ slaves: 1, vars: loggedIn({ credentials: [{ principal: 'x', secret: 'env:TEST_AGENT' }] }) }),
    /mesos-agent\.credential +agent is not in vars\.mesos-master\.credentials: the masters would refuse the login[\s\S]*marathon\.mesosPrincipal +agent is not in/,
  ],
  [
    'agents that have another secret than the masters know',
    () => stack({ slaves: 1, vars: loggedIn({ credentials: [{ principal: 'agent', secret: 'env:TEST_OPS' }] }) }),
    /mesos-agent\.credential +agent has another secret in vars\.mesos-master\.credentials/,
  ],
  [
    'a secret that breaks JSON',
    () => stack({ vars: vars({ operator: { principal: 'ops', secret: 'env:TEST_QUOTE' } }) }),
    /is not text without white space, quotes/,
  ],
] as const) {
  test(`the inventory has ${what}`, () => assert.match(mistakesOf(make), says))
}

test('the inventory has two quorums', () =>
  assert.match(
    mistakesOf(() =>
      clusterOf({
        vars: SOURCES,
        hosts: Object.fromEntries(
          [1, 2, 3].map((id) => [
            `m-${id}`,
            {
              address: `10.0.0.${id}`,
              roles: ['mesos-master'],
              vars: { zookeeper: { id }, ...(id === 3 ? vars({ quorum: 3 }) : {}) },
            },
          ]),
        ),
      }),
    ),
    /hosts\.m-3\.vars\.mesos-master\.quorum +is 3, and m-1 has 2: two quorums can both decide/,
  ))

test.run()
