import { advance, tellDeployments } from './deploy/manager.ts'
import { type Instance, lost } from './instance.ts'
import { decommission, schedule } from './instances.ts'
import { scaleApp, scalingChanged } from './scaling.ts'
import type { Todo, Turn } from './turn.ts'

/** An instance has changed: deployments hear of it, and an end that nobody wanted is made up for. */
const changed = (turn: Turn, instance: Instance, before: Instance | undefined): void => {
  tellDeployments(turn, instance.app, instance.version, { news: 'changed', instance })
  scalingChanged(turn, instance)
  if (before && lost(instance.condition) && !lost(before.condition))
    turn.todo.push({ todo: 'scale', app: instance.app })
}

const tellOf = (turn: Turn, id: string, news: 'healthy' | 'ready'): void => {
  const instance = turn.world.instances[id]
  if (instance) tellDeployments(turn, instance.app, instance.version, { news, instance: id })
}

const work = (turn: Turn, todo: Todo): void => {
  if (todo.todo === 'schedule') schedule(turn, todo.app, todo.version, todo.count)
  else if (todo.todo === 'decommission') decommission(turn, todo.id)
  else if (todo.todo === 'changed') changed(turn, todo.instance, todo.before)
  else if (todo.todo === 'healthy' && todo.healthy) tellOf(turn, todo.instance, 'healthy')
  else if (todo.todo === 'ready') tellOf(turn, todo.instance, 'ready')
  else if (todo.todo === 'scale') scaleApp(turn, todo.app)
  else if (todo.todo === 'advance') advance(turn, todo.deployment)
}

/** Works off everything that one step has led to, in the order in which it came up. */
export const settle = (turn: Turn): void => {
  for (let todo = turn.todo.shift(); todo; todo = turn.todo.shift()) work(turn, todo)
}
