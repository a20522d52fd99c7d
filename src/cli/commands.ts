import type { Command } from './command.ts'
import { apply } from './commands/apply.ts'
import { backup } from './commands/backup/backup.ts'
import { restore } from './commands/backup/restore.ts'
import { balance } from './commands/balance.ts'
import { cloud } from './commands/cloud/cloud.ts'
import { launch } from './commands/cloud/launch.ts'
import { refresh } from './commands/cloud/refresh.ts'
import { start } from './commands/cloud/start.ts'
import { stop } from './commands/cloud/stop.ts'
import { terminate } from './commands/cloud/terminate.ts'
import { completion } from './commands/completion.ts'
import { deploy } from './commands/deploy.ts'
import { exec } from './commands/exec.ts'
import { hosts } from './commands/hosts.ts'
import { init } from './commands/init.ts'
import { drain, undrain } from './commands/maintain/drain.ts'
import { patch } from './commands/maintain/patch.ts'
import { reboot } from './commands/maintain/reboot.ts'
import { plan } from './commands/plan.ts'
import { prestop } from './commands/prestop.ts'
import { remove } from './commands/remove.ts'
import { sandbox } from './commands/sandbox.ts'
import { scale } from './commands/scale.ts'
import { schema } from './commands/schema.ts'
import { status } from './commands/status.ts'
import type { Option } from './options.ts'

/** All commands, in the order of the help. The first is the default. */
export const commands: readonly Command[] = [
  apply,
  plan,
  status,
  hosts,
  exec,
  drain,
  undrain,
  reboot,
  patch,
  deploy,
  scale,
  balance,
  remove,
  prestop,
  backup,
  restore,
  launch,
  terminate,
  start,
  stop,
  refresh,
  cloud,
  init,
  sandbox,
  schema,
  completion,
]

/** The flags of all commands, each once, as the first command with that flag defines it. */
export const options: readonly Option[] = [
  ...new Map(commands.toReversed().flatMap((c) => c.options.map((o) => [o.name, o]))).values(),
].reverse()
