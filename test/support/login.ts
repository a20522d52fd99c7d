import type { SandboxHost } from '../../src/sandbox/index.ts'

/** Seconds for a login: whatever else runs on this machine, a slow one is no failure of what a test is about. */
const PATIENCE = 60

/** The `ssh` settings by which tests log in to a sandbox host. */
export const loginOf = ({ user, identityFile, hostKey }: SandboxHost, more: object = {}) => ({
  user,
  identityFile,
  hostKey,
  connectTimeout: PATIENCE,
  ...more,
})
