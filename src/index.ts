export { backupProgram, type Schedule } from './backup/scheduled.ts'
export { certifiedNames, isCertified } from './balancing/certificates.ts'
export {
  BrokenChainError,
  brokenLinks,
  type Carried,
  carried,
  NONE_IS_MISSED,
} from './balancing/chain.ts'
export {
  type Consul,
  ConsulError,
  consulAutopilot,
  consulDelete,
  consulForbids,
  consulForceLeave,
  consulGet,
  consulHides,
  consulInstances,
  consulLeader,
  consulLeave,
  consulMembers,
  consulNode,
  consulPeers,
  consulPut,
  consulSelf,
  consulServices,
  consulTransferLeader,
} from './clients/consul.ts'
export type {
  ConsulAutopilot,
  ConsulInstance,
  ConsulMember,
  ConsulNode,
  ConsulSelf,
  ConsulServer,
} from './clients/consul-answers.ts'
export {
  type HaproxyBackend,
  type HaproxyFrontend,
  type HaproxyServer,
  haproxyCsv,
  haproxyStats,
  parseFrontend,
  parseStats,
} from './clients/haproxy.ts'
export { type Held, hold } from './clients/hold.ts'
export { type Answer, type Ask, http, json } from './clients/http.ts'
export {
  type Begun,
  type Marathon,
  MarathonAwayError,
  type MarathonChanges,
  MarathonError,
  type MarathonHost,
  type MarathonOptions,
  marathon as marathonClient,
  type StoredVersion,
} from './clients/marathon.ts'
export type {
  Definition,
  Deployment,
  MarathonApp,
  MarathonTask,
  Queued,
  TaskFailure,
} from './clients/marathon-answers.ts'
export { type MarathonMember, marathonMember } from './clients/marathon-member.ts'
export { agentId, agentMetrics, agentState, agentTaskIds, agentTasks } from './clients/mesos/agent.ts'
export type { AgentState, MasterState, MesosAgent, MesosAgents, MesosFramework } from './clients/mesos/answers.ts'
export { type MesosCredential, masterState, mesosVersion, namedLeader, runningFlags } from './clients/mesos/master.ts'
export {
  type Mesos,
  MesosAwayError,
  MesosError,
  mesos as mesosClient,
} from './clients/mesos/mesos.ts'
export { consulOf, consulPort, consulToken } from './clients/settings/consul.ts'
export { AS_USERS, haproxyHardStop } from './clients/settings/haproxy.ts'
export {
  marathonCredentials,
  marathonDial,
  marathonOf,
  marathonPort,
} from './clients/settings/marathon.ts'
export {
  agentDial,
  agentHostname,
  agentHostnames,
  masterDial,
  mastersOf,
  mesosOf,
  mesosOperator,
} from './clients/settings/mesos.ts'
export { PORTS } from './clients/settings/ports.ts'
export { type Reach, reachFrom } from './clients/settings/reach.ts'
export { zookeeperMembers, zookeeperOf } from './clients/settings/zookeeper.ts'
export { ownAnswer, questionOf } from './clients/task-check.ts'
export { type Ask as AskOthers, saidOf, withOthers, witnesses } from './clients/witnesses.ts'
export { type ZooKeeperState, zookeeperState } from './clients/zookeeper.ts'
export type { App } from './deploy/app/app.ts'
export type { AppOptions } from './deploy/app/app-file.ts'
export { AppFileError, ImageFileError } from './deploy/app/errors.ts'
export { roomFor } from './deploy/check/room.ts'
export { type Finding, isBalanced } from './deploy/check/rule.ts'
export {
  type BalanceOptions,
  balance,
  type DeployApp,
  type DeployOptions,
  type DeployRun,
  type DeployVersion,
  deploy,
  loadApp,
  parseApp,
  type RemoveOptions,
  remove,
  scale,
} from './deploy/deploy.ts'
export type { DeployEvent, DeployOutcome, DeployResult, HostTasks, ImageState, Probes } from './deploy/events.ts'
export type { Front } from './engine/context.ts'
export { apply } from './engine/door.ts'
export type { HostResult, Outcome, RunEvent, RunResult } from './engine/events.ts'
export { type FactsCache, factsCache } from './engine/observe/facts.ts'
export { type PlanFile, PlanFileError, parsePlanFile } from './engine/plan/plan-file.ts'
export { plan, type Run, type RunOptions } from './engine/run.ts'
export { type ComponentState, type HostStatus, type StatusOptions, status } from './engine/status.ts'
export {
  type Certificate,
  certificate,
  certificateNames,
  chainValidity,
  memberMistake,
  pem,
  validityIn,
} from './inventory/certificate.ts'
export {
  defineInventory,
  type HostSettings,
  type Inventory,
  type InventorySource,
} from './inventory/define.ts'
export { InventoryError, SelectionError } from './inventory/errors.ts'
export { makeCluster } from './inventory/fields/given-hosts.ts'
export { parseInventory } from './inventory/parse.ts'
export { type SecretForm, secret } from './inventory/secrets.ts'
export { type Selection, select } from './inventory/select.ts'
export { didYouMean } from './lib/did-you-mean.ts'
export { timeLimit } from './lib/wait/time-limit.ts'
export { defineRecipe, defineRole } from './model/define-recipe.ts'
export { defineResource, type ResourceDefinition } from './model/define-resource.ts'
export type { Facts } from './model/facts.ts'
export type { Health, Net } from './model/health.ts'
export type { Host, InventoryHost } from './model/host.ts'
export { type Listens, listensAtOnce } from './model/listens.ts'
export { changeText, type Plan, type Step } from './model/plan.ts'
export type { Cluster, Farewell, Membership, Mistake, Recipe, Role, Rolling, Stranger, Turn } from './model/recipe.ts'
export { retiring, runs } from './model/recipes-of.ts'
export type {
  Change,
  Contents,
  Fields,
  Item,
  Refusal,
  Resource,
  ResourceType,
  Trigger,
} from './model/resource.ts'
export { taskHealth } from './model/task-health.ts'
export { ProjectError } from './project/error.ts'
export { loadInventory } from './project/load.ts'
export { registrarProgram } from './project/registrar.ts'
export { group } from './resources/accounts/group.ts'
export { limits } from './resources/accounts/limits.ts'
export { user } from './resources/accounts/user.ts'
export { archive } from './resources/archives/archive.ts'
export { git } from './resources/archives/git.ts'
export { command } from './resources/command.ts'
export { container } from './resources/docker/container.ts'
export { dockerImage } from './resources/docker/docker-image.ts'
export { block } from './resources/edits/block.ts'
export { knownHost } from './resources/edits/known-host.ts'
export { line } from './resources/edits/line.ts'
export { directory } from './resources/files/directory.ts'
export { file } from './resources/files/file.ts'
export { hostsFile } from './resources/files/hosts-file.ts'
export { link } from './resources/files/link.ts'
export { render, template } from './resources/files/template.ts'
export { tree } from './resources/files/tree.ts'
export { nftables } from './resources/network/nftables.ts'
export { aptPin } from './resources/packages/apt-pin.ts'
export { aptRepository } from './resources/packages/apt-repository.ts'
export { debconf } from './resources/packages/debconf.ts'
export { pkg } from './resources/packages/pkg.ts'
export { sysctl } from './resources/sysctl.ts'
export { cron } from './resources/system/cron.ts'
export { filesystem } from './resources/system/filesystem.ts'
export { hostname } from './resources/system/hostname.ts'
export { kernelModule } from './resources/system/kernel-module.ts'
export { locale } from './resources/system/locale.ts'
export { swap } from './resources/system/swap.ts'
export { timezone } from './resources/system/timezone.ts'
export { mount } from './resources/systemd/mount.ts'
export { isStopped, lastWords, unitState, whyDown } from './resources/systemd/running/last-words.ts'
export { service } from './resources/systemd/service.ts'
export { systemdUnit } from './resources/systemd/systemd-unit.ts'
export { timer } from './resources/systemd/timer.ts'
export { join, type Script, sh, shFile } from './shell/script.ts'
export { basicLogin, Secret, sameSecret } from './shell/secret.ts'
export {
  createTransport,
  type SshSettings,
  type Transport,
  TransportError,
  type TransportOptions,
} from './transport/index.ts'
