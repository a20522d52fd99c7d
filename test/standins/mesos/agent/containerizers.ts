import type { Flags } from '../common/flags.ts'
import type { Container } from '../common/proto.ts'
import type { Cgroups } from './cgroups.ts'

/**
 * How a real agent's start ends with such flags on such a host: it goes on, exits with a message, or aborts at a failed
 * check.
 */
export type Verdict = { readonly exit: string } | { readonly abort: string; readonly at: string } | undefined

const ISOLATORS = [
  'filesystem/posix filesystem/shared filesystem/linux filesystem/windows windows/cpu windows/mem posix/cpu posix/mem posix/disk disk/du disk/xfs',
  'volume/sandbox_path volume/host_path volume/image volume/secret volume/csi docker/volume docker/runtime appc/runtime environment_secret',
  'namespaces/ipc namespaces/pid posix/rlimits linux/capabilities linux/devices linux/nnp linux/seccomp network/cni network/ports gpu/nvidia',
].flatMap((line) => line.split(' '))

const known = (isolator: string): boolean => isolator.startsWith('cgroups/') || ISOLATORS.includes(isolator)

const words = (text: string | undefined): readonly string[] => (text ?? '').split(',').filter((w) => w !== '')

/** What is on this host that decides. */
export interface Host {
  readonly cgroups: Cgroups
  exists(path: string): boolean
  /** How `docker --version` ends. */
  readonly docker: number
}

/** Checks what becomes of the containerizers, in their order, as recorded on v1 and v2. */
export function containerizers(flags: Flags, host: Host): Verdict {
  if (host.cgroups === 'hybrid')
    return {
      exit: "Failed to create a containerizer: Found cgroups2 mount at an unexpected location '/sys/fs/cgroup/unified'",
    }
  for (const name of words(flags.text('containerizers'))) {
    const verdict = containerizer(name, flags, host)
    if (verdict) return verdict
  }
  return undefined
}

/** Why no containerizer starts a container, in the words of the real agent; undefined where one does. */
export function unsupported(flags: Flags, container: Container | undefined): string | undefined {
  const enabled = words(flags.text('containerizers'))
  if (!enabled.includes(container?.type === 'DOCKER' ? 'docker' : 'mesos'))
    return `None of the enabled containerizers (${enabled.join(', ')}) could create a container for the provided TaskInfo/ExecutorInfo message`
  const image = container?.type === 'MESOS' ? container.mesos?.image?.type : undefined
  return image === undefined || words(flags.text('image_providers')).includes(image.toLowerCase())
    ? undefined
    : `Failed to launch container: Unsupported container image type: ${image}`
}

function containerizer(name: string, flags: Flags, host: Host): Verdict {
  if (name === 'docker') return docker(flags, host)
  if (name === 'mesos') return mesos(flags, host)
  return { exit: `Failed to create a containerizer: Unknown or unsupported containerizer: ${name}` }
}

function docker(flags: Flags, host: Host): Verdict {
  if (host.docker === 0) return undefined
  const command = `${flags.text('docker')} -H unix://${flags.text('docker_socket')} --version`
  return {
    exit: `Failed to create a containerizer: Could not create DockerContainerizer: Failed to create docker: Failed to get docker version: Failed to execute '${command}': exited with status ${host.docker}`,
  }
}

function mesos(flags: Flags, { cgroups, exists }: Host): Verdict {
  const isolation = words(flags.text('isolation'))
  const linux = flags.text('launcher') === 'linux'
  const withCgroups = isolation.filter((i) => i.startsWith('cgroups/'))
  const fails = (what: string): Verdict => ({
    exit: `Failed to create a containerizer: Could not create MesosContainerizer: ${what}`,
  })
  const strange = isolation.find((i) => !known(i))
  if (strange !== undefined) return fails(`Unknown or unsupported isolator '${strange}'`)
  if (!linux && withCgroups.length > 0)
    return { abort: 'Check failed: flags.launcher == "linux" ', at: 'containerizer.cpp:582' }
  if (cgroups === 'v1' && linux && withCgroups.length === 0)
    return { abort: 'Check failed: !subsystemSet.empty() ', at: 'cgroups.cpp:155' }
  if (cgroups === 'v1' && withCgroups.includes('cgroups/all') && !exists('/sys/fs/cgroup/hugetlb'))
    return fails(
      "Failed to create isolator 'cgroups/all': Failed to prepare hierarchy for the subsystem 'hugetlb': Failed to mount cgroups hierarchy at '/sys/fs/cgroup/hugetlb': Failed to create directory '/sys/fs/cgroup/hugetlb': Read-only file system",
    )
  const cni = cniTrouble(flags.text('network_cni_config_dir'), flags.text('network_cni_plugins_dir'), exists)
  return cni === undefined ? undefined : fails(`Failed to create isolator 'network/cni': ${cni}`)
}

/** Both directories of CNI or none; the one of configurations must be there. */
function cniTrouble(
  config: string | undefined,
  plugins: string | undefined,
  exists: (path: string) => boolean,
): string | undefined {
  if (config === undefined && plugins === undefined) return undefined
  if (!plugins) return "Missing required '--network_cni_plugins_dir' flag"
  if (!config) return "Missing required '--network_cni_config_dir' flag"
  return exists(config) ? undefined : `The CNI network configuration directory '${config}' does not exist`
}
