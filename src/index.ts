export {
  type Consul,
  type ConsulAutopilot,
  ConsulError,
  type ConsulInstance,
  type ConsulMember,
  type ConsulNode,
  type ConsulServer,
  consulApplied,
  consulAutopilot,
  consulDelete,
  consulGet,
  consulInstances,
  consulLeader,
  consulMembers,
  consulNode,
  consulPeers,
  consulPut,
  consulServices,
  consulTransferLeader,
} from './cluster/consul.ts'
export { type HaproxyBackend, type HaproxyServer, haproxyStats, parseStats } from './cluster/haproxy.ts'
export { type Answer, type Ask, http, json } from './cluster/http.ts'
export {
  type Begun,
  type Marathon,
  MarathonAwayError,
  MarathonError,
  type MarathonHost,
  type MarathonOptions,
  marathon as marathonClient,
  type StoredVersion,
} from './cluster/marathon.ts'
export type { Definition, Deployment, MarathonApp, MarathonTask, Queued, TaskFailure } from './cluster/marathon-answers.ts'
export { type MarathonMember, marathonMember } from './cluster/marathon-member.ts'
export {
  agentState,
  agentTasks,
  type Mesos,
  MesosAwayError,
  type MesosCredential,
  MesosError,
  masterState,
  mesos as mesosClient,
  namedLeader,
  runningFlags,
} from './cluster/mesos.ts'
export type { AgentState, MasterState, MesosAgent, MesosAgents, MesosFramework } from './cluster/mesos-answers.ts'
export { type ZooKeeperState, zookeeperState } from './cluster/zookeeper.ts'
export type { App, AppOptions } from './deploy/app-file.ts'
export type { Finding } from './deploy/check/rule.ts'
export { AppFileError, ImageFileError } from './deploy/error.ts'
export type { DeployEvent, DeployOutcome, DeployResult, HostTasks, ImageState, Probes } from './deploy/events.ts'
export { type DeployApp, type DeployOptions, type DeployRun, type DeployVersion, deploy, loadApp, parseApp, scale } from './deploy/start.ts'
export type { HostResult, Outcome, RunEvent, RunResult } from './engine/events.ts'
export { type FactsCache, factsCache } from './engine/facts.ts'
export type { Plan, Step } from './engine/plan.ts'
export { type PlanFile, PlanFileError, parsePlanFile } from './engine/plan-file.ts'
export {
  defineRecipe,
  defineRole,
  type Health,
  type Mistake,
  type Net,
  type Recipe,
  type Role,
  type Rolling,
  type Turn,
} from './engine/recipe.ts'
export {
  type Change,
  defineResource,
  type Fields,
  type Item,
  type Refusal,
  type Resource,
  type ResourceType,
  type Trigger,
} from './engine/resource.ts'
export { apply, plan, type Run, type RunOptions } from './engine/run.ts'
export { type ComponentState, type HostStatus, type StatusOptions, status } from './engine/status.ts'
export type { Cluster, Host, InventoryHost } from './inventory/cluster.ts'
export { InventoryError, SelectionError } from './inventory/errors.ts'
export type { Facts } from './inventory/facts.ts'
export { makeCluster } from './inventory/make-cluster.ts'
export { didYouMean } from './inventory/nearest.ts'
export { parseInventory } from './inventory/parse.ts'
export { type SecretForm, secret } from './inventory/secrets.ts'
export { type Selection, select } from './inventory/select.ts'
export { ProjectError } from './project/error.ts'
export { loadInventory } from './project/load.ts'
export { registrarProgram } from './project/registrar.ts'
export { aptRepository } from './resources/apt-repository.ts'
export { archive } from './resources/archive.ts'
export { command } from './resources/command.ts'
export { directory } from './resources/directory.ts'
export { dockerImage } from './resources/docker-image.ts'
export { file } from './resources/file.ts'
export { group } from './resources/group.ts'
export { hostsFile } from './resources/hosts-file.ts'
export { link } from './resources/link.ts'
export { mount } from './resources/mount.ts'
export { pkg } from './resources/pkg.ts'
export { service } from './resources/service.ts'
export { sysctl } from './resources/sysctl.ts'
export { systemdUnit } from './resources/systemd-unit.ts'
export { render, template } from './resources/template.ts'
export { timer } from './resources/timer.ts'
export { user } from './resources/user.ts'
export { join, type Script, sh } from './shell/script.ts'
export { Secret } from './shell/secret.ts'
export { createTransport, type SshSettings, type Transport, TransportError, type TransportOptions } from './transport/index.ts'
