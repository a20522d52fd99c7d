import { balanced } from '../../src/balancing/balanced.ts'
import { balanceable } from '../../src/balancing/definition.ts'

export const bridge = (...ports: object[]): object => ({ container: { portMappings: ports } })
export const web = { name: 'http', containerPort: 3000, hostPort: 0 }
export const admin = { name: 'admin', containerPort: 3001, hostPort: 0 }
export const of = (labels: Record<string, string>, more: object = {}, id = '/shop/web') =>
  balanced(balanceable({ id, labels: { 'lb.enable': 'true', ...labels }, ...bridge(web, admin), ...more }))
export const plain = {
  name: 'shop-web',
  portIndex: 0,
  hosts: [],
  path: undefined,
  probe: { kind: 'tcp', path: '', port: { index: 0 } },
  mistakes: [],
  notes: [],
}
export const http = (path: string, index = 0) => ({ kind: 'http', path, port: { index } })
