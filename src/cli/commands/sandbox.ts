import { defineCommand } from '../command.ts'
import { HOST, INVENTORY, USER } from '../options.ts'

/** `provision sandbox …`: manages real hosts on this machine. */
export const sandbox = defineCommand({
  name: 'sandbox',
  summary: 'run real Debian hosts on this machine, to try an inventory on',
  usage: 'sandbox COMMAND [HOST…] [flags]',
  description:
    'Needs root on Linux. The addresses of the hosts must lie in one network 10.77.N.0/24 (docs/sandbox.md).',
  commands: [
    ['up', 'make and boot the hosts of the inventory'],
    ['down [--purge]', 'remove them; with --purge images and packages too'],
    ['ls', 'list the hosts and their state'],
    ['ssh HOST [-- CMD]', 'log in; -u root or -u ubuntu: as another user'],
    ['sh HOST CMD', 'run sh as root inside, without SSH'],
    ['kill HOST…', 'cut the power'],
    ['stop HOST…', 'shut down cleanly'],
    ['boot HOST…', 'boot again'],
    ['reset HOST…', 'boot from a fresh disk, with the same address and host key'],
    ['cut HOST…', 'pull the network cable'],
    ['heal HOST…', 'plug the network cable back in'],
    ['drop HOST…', 'drop every packet silently'],
    ['undrop HOST…', 'deliver packets again'],
    ['freeze HOST…', 'suspend all processes'],
    ['thaw HOST…', 'resume them'],
    ['delay HOST MS', 'add MS milliseconds of round trip; 0: none'],
    ['cpus HOST N', 'limit it to N CPUs (0.1: a tenth of one); 0: no limit'],
    ['remove HOST…', 'remove these hosts only'],
    ['bake HOST LAYER', 'save the disk as a layer, for up --layer LAYER'],
  ],
  words: Number.POSITIVE_INFINITY,
  behind: { example: 'uptime', needed: false },
  options: [
    { ...INVENTORY, says: 'up: the inventory file; default inventory.json' },
    { ...HOST, says: 'up: only hosts of these names' },
    { name: 'release', value: '12|13', group: 'What happens', says: 'up: the Debian release of new hosts; default 12' },
    {
      name: 'cgroup',
      value: 'v1|v2',
      group: 'What happens',
      says: 'up: the version of cgroups that new hosts see; default v2',
    },
    { name: 'layer', value: 'LAYER', group: 'What happens', says: 'up: put new hosts on this baked layer' },
    { name: 'light', group: 'What happens', says: 'up: namespaces and sshd only, no systemd; for many hosts' },
    { name: 'purge', group: 'What happens', says: 'down: remove images and packages too' },
    {
      name: 'name',
      value: 'NAME',
      group: 'What happens',
      says: 'which sandbox; several can run side by side; default main',
    },
    { ...USER, says: 'ssh: the login' },
  ],
  examples: [
    ['sudo provision sandbox up', 'then provision plan and apply as usual'],
    ['sudo provision sandbox kill zk-2', 'see how the cluster does without it'],
    ['sudo provision sandbox down', 'remove all hosts'],
  ],
  exits: [
    ['0', 'done; ssh and sh: the exit code of the command'],
    ['3', 'there is a mistake in the command line, or this machine cannot run hosts'],
  ],
  async run(args, io) {
    return (await import('../kit/sandbox-words.ts')).runSandbox(args, io)
  },
})
