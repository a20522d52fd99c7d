import { join } from 'node:path'
import type { Ground } from '../../src/cloud/ground.ts'
import { Journal, LedgerFile } from '../../src/cloud/ledger/files.ts'
import type { CloudAccount } from '../../src/model/cloud.ts'

/** The default account in tests of clouds. */
export const ACCOUNT = { provider: 'aws', cluster: 'dc1' } as const

/** The ledger that commands on instances have written to a folder, read again, as the next run would. */
export const written = (folder: string, account: CloudAccount = ACCOUNT) => ({
  ledger: new LedgerFile(join(folder, 'inventory.cloud.json'), account),
  journal: new Journal(account, { XDG_STATE_HOME: folder }),
})

type Given = Pick<Ground, 'cluster' | 'provider' | 'transport'> & Partial<Ground>

/** A ground for commands on instances, with its ledger in a folder. It polls quickly and reports nothing. */
export const groundIn = (folder: string, given: Given, account: CloudAccount = ACCOUNT): Ground => ({
  folder,
  ...written(folder, account),
  signal: new AbortController().signal,
  pace: 10,
  tell: () => {},
  ...given,
})
