import type { Turn } from '../core/turn.ts'
import type { Response } from './http.ts'

export const ping = (): Response => ({ status: 200, text: 'pong' })

export const info = ({ world }: Turn): Response => {
  const { name, version, buildref, elected, leader, ...config } = world.about
  return {
    status: 200,
    body: { name, version, buildref, elected, leader, frameworkId: world.frameworkId ?? null, ...config },
  }
}

export const plugins = (): Response => ({ status: 200, body: { plugins: [] } })

/** A few of the real one's figures, in its form. */
export const metrics = ({ world }: Turn): Response => {
  const instances = Object.values(world.instances)
  const gauges = {
    'marathon.apps.active.gauge': { value: Object.keys(world.apps).length },
    'marathon.deployments.active.gauge': { value: Object.keys(world.deployments).length },
    'marathon.instances.running.gauge': { value: instances.filter((i) => i.condition === 'Running').length },
    'marathon.instances.staged.gauge': {
      value: instances.filter((i) => ['Provisioned', 'Staging', 'Starting'].includes(i.condition)).length,
    },
  }
  return { status: 200, body: { version: '4.0.0', counters: {}, gauges, histograms: {}, meters: {}, timers: {} } }
}
