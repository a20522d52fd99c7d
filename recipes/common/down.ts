import { type Health, lastWords, type Net } from '../../src/index.ts'

/** Does a unit in this state serve? One that takes a new configuration over serves meanwhile. */
export const isUp = (state: string): boolean => ['active', 'reloading', 'refreshing'].includes(state)

/** A health that says why its unit is down, if it is. */
export const withReason = async (health: Health, net: Net, unit: string): Promise<Health> =>
  health.down === true ? { ...health, says: `${health.says}${await lastWords(net, unit)}` } : health
