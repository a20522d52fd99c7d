import { haproxy } from '../../../recipes/haproxy.ts'
import { propsOf, wanted } from '../support.ts'
import { slaves } from './support.ts'

export const resources = (vars: object = {}) => wanted(haproxy, slaves({ haproxy: vars }), 'slave-1')
export const run = (vars?: object) =>
  propsOf<{ run: { text: string } }>(resources(vars), 'command haproxy.cfg until the first render').run.text
