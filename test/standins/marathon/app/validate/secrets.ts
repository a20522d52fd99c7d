import type { Fault } from '../read.ts'
import type { App } from '../types.ts'

export const validSecrets = (app: App, features: readonly string[]): Fault[] => {
  const used = Object.entries(app.env ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [{ name, secret: value.secret }],
  )
  const faults: Fault[] = []
  if (used.length > 0 && !features.includes('secrets'))
    faults.push({
      path: '/env',
      error: 'use of secret-references in the environment requires the secrets feature to be enabled',
    })
  if (app.secrets && !features.includes('secrets'))
    faults.push({ path: '/secrets', error: 'Feature secrets is not enabled. Enable with --enable_features secrets)' })
  if (features.includes('secrets'))
    for (const { name, secret } of used)
      if (!app.secrets?.[secret]) faults.push({ path: `/env/${name}/secret`, error: 'references an undefined secret' })
  return faults
}
