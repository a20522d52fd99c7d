import { join } from 'node:path'
import type { Ground } from '../../src/cloud/ground.ts'
import { Journal, LedgerFile } from '../../src/cloud/ledger/files.ts'
import type { CloudAccount } from '../../src/model/cloud.ts'

/** The account that stories of a cloud are about, unless they say another one. */
export const ACCOUNT = { provider: 'aws', cluster: 'dc1' } as const

/** What commands on instances have written down in a folder, read anew: as the next run finds it. */
export const written = (folder: string, account: CloudAccount = ACCOUNT) => ({
  ledger: new LedgerFile(join(folder, 'inventory.cloud.json'), account),
  journal: new Journal(account, { XDG_STATE_HOME: folder }),
})

type Given = Pick<Ground, 'cluster' | 'provider' | 'transport'> & Partial<Ground>

/** What a command on instances works with, which writes down what it does in a folder. It asks soon, and tells nobody. */
export const groundIn = (folder: string, given: Given, account: CloudAccount = ACCOUNT): Ground => ({
  folder,
  ...written(folder, account),
  signal: new AbortController().signal,
  pace: 10,
  tell: () => {},
  ...given,
})
