/**
 * The app file of the Rails app in test/parts/rails: behind HAProxy, with the pre-stop wrapper. Its image is the part
 * `rails`. `slow`: how many seconds a task waits before it starts its server.
 */
export const railsDefinition = ({
  id = '/rails-app',
  version = 'v1',
  instances = 3,
  env = {} as Readonly<Record<string, string>>,
  constraints = [] as readonly (readonly string[])[],
  labels = {} as Readonly<Record<string, string>>,
  slow = 0,
}) => ({
  id,
  instances,
  cpus: 0.1,
  mem: 128,
  args: [
    '/app/prestop.sh',
    ...(slow === 0 ? [] : ['sh', '-c', `sleep ${slow}; exec "$0" "$@"`]),
    'puma',
    '-C',
    '/app/puma.rb',
    '/app/config.ru',
  ],
  container: {
    type: 'DOCKER',
    docker: { image: 'rails-app:1' },
    portMappings: [{ containerPort: 3000, hostPort: 0, name: 'http' }],
  },
  networks: [{ mode: 'container/bridge' }],
  env: { VERSION: version, PORT: '3000', PRESTOP: '10', ...env },
  labels: { 'lb.enable': 'true', ...labels },
  healthChecks: [
    {
      protocol: 'MESOS_HTTP',
      path: '/healthz',
      gracePeriodSeconds: 20 + slow,
      intervalSeconds: 2,
      timeoutSeconds: 10,
      delaySeconds: 1,
    },
  ],
  taskKillGracePeriodSeconds: 40,
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
  constraints,
})
