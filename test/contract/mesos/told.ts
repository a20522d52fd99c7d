import { webTask } from '../../support/mesos-framework.ts'
import type { Scene } from './scene.ts'
import { hostOf, subscribe, web } from './tasks.ts'

/**
 * What frameworks are told: of a task that is checked, of one that cannot start, of one that fails, when they ask, and
 * when they are no more.
 */
export async function told(scene: Scene): Promise<void> {
  const http = { port: 80, path: '/index.html', scheme: 'http' }
  const checked = {
    type: 'HTTP' as const,
    delay_seconds: 0.2,
    interval_seconds: 1,
    timeout_seconds: 5,
    consecutive_failures: 3,
    grace_period_seconds: 8,
    http,
  }
  const framework = await web(scene, 'hc1', 31002, checked)
  await scene.look('tasks-healthcheck')
  await framework.call('REVIVE')
  const docker = (image: string) => ({
    container: { type: 'DOCKER' as const, docker: { image, network: 'HOST' as const } },
  })
  const host = await hostOf(scene)
  framework.launch(webTask('noimg', 31003, docker('10.255.255.254:9/nosuch:1')), host)
  const fails = { ...docker(scene.place.image), command: { shell: true, value: 'exit 3' } }
  framework.launch(webTask('fails', 31004, fails), host)
  await framework.state('noimg', 'FAILED')
  await framework.state('fails', 'FAILED')
  await framework.call('RECONCILE', { tasks: [{ task_id: { value: 'nobody' } }] })
  await framework.state('nobody', 'UNKNOWN')
  await framework.call('RECONCILE', { tasks: [] })
  await framework.update('hc1', (status) => status.reason === 'REASON_RECONCILIATION')
  await framework.kill('hc1')
  await framework.state('hc1', 'KILLED')
  await framework.call('TEARDOWN')
  const again = await subscribe(scene)
  await again.call('TEARDOWN')
  await again.resubscribe()
  await again.event('ERROR')
}
