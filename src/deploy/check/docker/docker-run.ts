// The options of `docker run` from Docker 20.10 to 29. Mesos adds each of an app's parameters as `--KEY=VALUE`.

/** Options that are either true or false. */
const SWITCHES = `detach disable-content-trust help init interactive no-healthcheck oom-kill-disable privileged publish-all
quiet read-only rm sig-proxy tty use-api-socket`

const OTHERS = `add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile
cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems
detach-keys device device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops dns dns-opt
dns-option dns-search domainname entrypoint env env-file expose gpus group-add health-cmd health-interval health-retries
health-start-interval health-start-period health-timeout hostname io-maxbandwidth io-maxiops ip ip6 ipc isolation
kernel-memory label label-file link link-local-ip log-driver log-opt mac-address memory memory-reservation memory-swap
memory-swappiness mount name net net-alias network network-alias oom-score-adj pid pids-limit platform publish pull
restart runtime security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs ulimit user userns uts volume
volume-driver volumes-from workdir`

const SHORT: Readonly<Record<string, string>> = {
  P: 'publish-all',
  a: 'attach',
  c: 'cpu-shares',
  d: 'detach',
  e: 'env',
  h: 'hostname',
  i: 'interactive',
  l: 'label',
  m: 'memory',
  p: 'publish',
  q: 'quiet',
  t: 'tty',
  u: 'user',
  v: 'volume',
  w: 'workdir',
}

const words = (text: string): readonly string[] => text.split(/\s+/)

/** The long option that a letter stands for on the command line. */
export const longOf = (letter: string): string | undefined => (Object.hasOwn(SHORT, letter) ? SHORT[letter] : undefined)

/** Is an option either true or false? */
export const isSwitch = (option: string): boolean => words(SWITCHES).includes(option)

/** All long options. */
export const options = (): readonly string[] => [...words(SWITCHES), ...words(OTHERS)]
