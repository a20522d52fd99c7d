import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { marked } from '../../app/difference.ts'
import { normalize } from '../../app/normalize.ts'
import type { Offer } from '../mesos.ts'
import { taskInfo } from './task.ts'

const test = suite('marathon stand-in: tasks as they are launched')

const offer: Offer = { id: { value: 'O' }, agent_id: { value: 'S0' }, hostname: 'agent2', resources: [] }
const launched = (definition: object, ports: readonly number[], id = 't') => {
  const app = marked(normalize({ id: '/a', cpus: 0.1, mem: 32, ...definition }), '2026-11-22T11:10:18.519Z')
  return taskInfo(app, id, offer, { resources: [], ports }) as ReturnType<typeof taskInfo> & {
    command: { environment: { variables: { name: string; value: string }[] } }
    container: { docker: Record<string, unknown> }
    health_check: Record<string, unknown>
  }
}
const variables = (task: ReturnType<typeof launched>) =>
  Object.fromEntries(task.command.environment.variables.map(({ name, value }) => [name, value]))

test('the environment is the recorded one', () => {
  const text = readFileSync(new URL('../../../recordings/marathon/56_task_environment.txt', import.meta.url), 'utf8')
  const recorded = Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  )
  const id = recorded.MESOS_TASK_ID as string
  const definition = {
    id: '/grp/envy',
    cmd: 'env',
    env: { OWN: '1' },
    labels: { 'my-Label': 'v' },
    portDefinitions: [
      { port: 10_000, name: 'http' },
      { port: 10_001, name: 'adm-in' },
    ],
  }
  const given = variables(launched(definition, [31_033, 31_034], id))
  for (const [name, value] of Object.entries(given)) assert.is(value, recorded[name], name)
  const byMesos = Object.keys(recorded).filter((name) => !(name in given))
  assert.equal(
    byMesos.filter((name) => !/^(MESOS|LIBPROCESS)_/.test(name)),
    [],
    'what is left is for Mesos to give',
  )
})

test("a bridged container: its port mapped, every variable a port of the host but the app's own, the check inside", () => {
  const task = launched(
    {
      args: ['/app/prestop.sh', 'puma'],
      env: { PORT: '3000' },
      container: {
        type: 'DOCKER',
        docker: { image: 'rails:1' },
        portMappings: [{ containerPort: 3000, hostPort: 0, name: 'http' }],
      },
      networks: [{ mode: 'container/bridge' }],
      healthChecks: [{ protocol: 'MESOS_HTTP', path: '/healthz', delaySeconds: 1 }],
      taskKillGracePeriodSeconds: 40,
    },
    [31_500],
  )
  const { MARATHON_APP_DOCKER_IMAGE, PORT0, PORT, PORT_3000, PORT_HTTP } = variables(task)
  assert.equal(
    [MARATHON_APP_DOCKER_IMAGE, PORT0, PORT, PORT_3000, PORT_HTTP],
    ['rails:1', '31500', '3000', '31500', '31500'],
  )
  assert.equal(task.container.docker, {
    image: 'rails:1',
    network: 'BRIDGE',
    port_mappings: [{ host_port: 31_500, container_port: 3000, protocol: 'tcp' }],
    privileged: false,
    parameters: [],
    force_pull_image: false,
  })
  const { environment: _, ...command } = task.command as Record<string, unknown>
  assert.equal(command, { shell: false, arguments: ['/app/prestop.sh', 'puma'], uris: [] })
  assert.equal(task.health_check, {
    type: 'HTTP',
    http: { scheme: 'http', path: '/healthz', port: 3000 },
    delay_seconds: 1,
    interval_seconds: 60,
    timeout_seconds: 20,
    consecutive_failures: 3,
    grace_period_seconds: 300,
  })
  assert.equal(task.kill_policy, { grace_period: { nanoseconds: 40e9 } })
  assert.is(task.name, 'a')
})

test('a container on the network of the host is checked at the port that it was given', () => {
  const task = launched(
    {
      container: { type: 'DOCKER', docker: { image: 'a' } },
      networks: [{ mode: 'host' }],
      healthChecks: [{ protocol: 'MESOS_TCP' }],
    },
    [31_500],
  )
  assert.equal([task.container.docker.network, task.health_check.tcp], ['HOST', { port: 31_500 }])
})

test('a command is a shell’s', () => {
  const { environment: _, ...command } = launched({ cmd: 'sleep 1', user: 'www' }, []).command as Record<
    string,
    unknown
  >
  assert.equal(command, { shell: true, value: 'sleep 1', user: 'www', uris: [] })
})

test.run()
