import type { Settings } from '../core/world.ts'

/** The real one's defaults. */
export const SETTINGS: Settings = {
  localPorts: [10_000, 20_000],
  features: [],
  roles: ['*'],
  maxInstancesPerOffer: 5,
  maxRunningDeployments: 100,
  declineOffer: 120_000,
  reviveInterval: 5000,
  reconciliation: [15_000, 600_000],
  scaleApps: [15_000, 300_000],
  expunge: [300_000, 30_000],
  taskLaunchTimeout: 300_000,
  killRetry: 30_000,
  suppressOffers: true,
  maintenanceMode: true,
  envPrefix: '',
}
