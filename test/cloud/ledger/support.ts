export const account = { provider: 'aws', cluster: 'dc1' } as const
export const entry = {
  id: 'i-1',
  generation: 1,
  state: 'running',
  privateAddress: '10.0.1.5',
  hostKey: 'ssh-ed25519 AAAA',
  user: 'admin',
} as const
