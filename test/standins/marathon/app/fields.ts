/**
 * The types that an app reaches, as Marathon 1.11's RAML has them: type, field, its type, `!` where it must be given,
 * limits. Pods are left out. (Also the order in which the API writes an app's fields.)
 */
export const FIELDS = `
App id PathId !
App acceptedResourceRoles string[]
App args string[]
App backoffFactor number min=1
App backoffSeconds integer min=0
App cmd string minLength=1
App constraints Constraint[]
App container Container
App cpus number min=0
App dependencies PathId[]
App disk number min=0
App env Env
App executor string
App executorResources any
App fetch Artifact[]
App healthChecks HealthCheck[]
App check any
App instances integer min=0
App labels Strings
App maxLaunchDelaySeconds integer min=0
App mem number min=0
App gpus integer min=0
App ipAddress IpAddress
App networks Network[]
App ports Port[]
App portDefinitions PortDefinition[]
App readinessChecks ReadinessCheck[]
App residency any
App resourceLimits any
App requirePorts boolean
App secrets any
App taskKillGracePeriodSeconds integer min=0
App upgradeStrategy UpgradeStrategy
App uris string[]
App user string
App version datetime
App versionInfo any
App killSelection enum YOUNGEST_FIRST|OLDEST_FIRST
App unreachableStrategy UnreachableStrategy
App tty boolean
App role string minLength=1
Container type enum MESOS|DOCKER
Container docker Docker
Container linuxInfo any
Container volumes any[]
Container portMappings PortMapping[]
Docker credential any
Docker pullConfig any
Docker forcePullImage boolean
Docker image string ! minLength=1
Docker network enum BRIDGE|HOST|NONE|USER
Docker parameters Parameter[]
Docker portMappings PortMapping[]
Docker privileged boolean
Parameter key string ! minLength=1
Parameter value string !
PortMapping containerPort Port
PortMapping hostPort Port
PortMapping labels Strings
PortMapping name LegacyName
PortMapping protocol enum tcp|udp|udp,tcp
PortMapping servicePort Port
PortMapping networkNames string[]
PortDefinition port Port
PortDefinition labels Strings
PortDefinition name LegacyName
PortDefinition protocol enum tcp|udp|udp,tcp
Network name string minLength=1
Network mode enum container|container/bridge|host
Network labels Strings
IpAddress discovery any
IpAddress groups string[]
IpAddress labels Strings
IpAddress networkName string
Artifact uri string ! minLength=1
Artifact extract boolean
Artifact executable boolean
Artifact cache boolean
Artifact destPath string minLength=1
HealthCheck command Command
HealthCheck gracePeriodSeconds integer min=0
HealthCheck ignoreHttp1xx boolean
HealthCheck intervalSeconds integer min=0
HealthCheck maxConsecutiveFailures integer min=0
HealthCheck path string
HealthCheck port Port
HealthCheck portIndex Port
HealthCheck protocol enum HTTP|HTTPS|TCP|COMMAND|MESOS_TCP|MESOS_HTTP|MESOS_HTTPS
HealthCheck ipProtocol enum IPv4|IPv6
HealthCheck timeoutSeconds integer
HealthCheck delaySeconds integer min=0
Command value string !
ReadinessCheck name string minLength=1
ReadinessCheck protocol enum HTTP|HTTPS
ReadinessCheck path string minLength=1
ReadinessCheck portName LegacyName
ReadinessCheck intervalSeconds integer min=0
ReadinessCheck timeoutSeconds integer min=1
ReadinessCheck httpStatusCodesForReady integer[]
ReadinessCheck preserveLastResponse boolean
UpgradeStrategy maximumOverCapacity number ! min=0 max=1
UpgradeStrategy minimumHealthCapacity number ! min=0 max=1
UnreachableEnabled inactiveAfterSeconds integer min=0
UnreachableEnabled expungeAfterSeconds integer min=0
`
