import type { Fault } from '../read.ts'
import type { App } from '../types.ts'

export const validNetworks = ({ networks }: App): Fault[] => {
  const count = (mode: string) => networks.filter((n) => n.mode === mode).length
  const [host, bridge, container] = [count('host'), count('container/bridge'), count('container')]
  const faults: Fault[] = []
  if (host + bridge > 1 || (host + bridge === 1 && container > 0))
    faults.push({
      path: '/networks',
      error: 'May specify a single host network, single bridge network, or else 1-to-n container networks',
    })
  if (networks.some((n) => n.mode === 'container' && n.name === undefined))
    faults.push({ path: '/networks', error: 'Network name must be specified when container network is selected.' })
  return faults
}
