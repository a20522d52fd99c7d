const unit = (description: string, command: string, more: readonly string[]): string =>
  `[Unit]
Description=${description}
After=network.target
Wants=network.target

[Service]
ExecStart=${command}
${[...more, 'Restart=always', 'RestartSec=20', 'LimitNOFILE=16384'].join('\n')}

[Install]
WantedBy=multi-user.target
`

/** The units of ClusterD's package. */
export const MASTER_UNIT = unit('ClusterD Master (stand-in)', '/usr/bin/mesos-init-wrapper master', [])
export const AGENT_UNIT = unit('ClusterD Agent (stand-in)', '/usr/bin/mesos-init-wrapper agent', [
  'KillMode=process',
  'CPUAccounting=true',
  'MemoryAccounting=true',
  'Delegate=true',
])

/** Those of Mesosphere's: the slave's lacks Delegate. */
export const oldUnit = (daemon: 'master' | 'slave'): string =>
  unit(
    `Mesos ${daemon === 'master' ? 'Master' : 'Slave'} (stand-in)`,
    `/usr/bin/mesos-init-wrapper ${daemon}`,
    daemon === 'slave' ? ['KillMode=process', 'CPUAccounting=true', 'MemoryAccounting=true'] : [],
  )
