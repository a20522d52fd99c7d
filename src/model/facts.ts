/** The facts of a host, read on the host itself. */
export interface Facts {
  /** `/etc/os-release` ID and VERSION_ID, VERSION_CODENAME: `debian`, `12`, `bookworm`. */
  readonly os: string
  readonly release: string
  readonly codename: string
  /** Debian's name: `amd64`, `arm64`. */
  readonly arch: string
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** IPv4 and IPv6 addresses of all interfaces except lo, sorted. */
  readonly addresses: readonly string[]
  /** The version of cgroup that is mounted on /sys/fs/cgroup: 1 or 2. */
  readonly cgroup: 1 | 2
  /** Is systemd PID 1? */
  readonly systemd: boolean
  readonly hostname: string
}
