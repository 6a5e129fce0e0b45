export type { AccountConfiguration, LocalAccount, MockAccount, RunpodAccount } from './accounts';
export { defaultAccounts, KEY_VARIABLES } from './accounts';
export type { Configuration, ConfigurationOverrides, ConfigurationSources } from './configuration';
export { loadConfiguration } from './configuration';
export type { IssueDetail } from './issues';
export type { ParsedPodSpec, PodSpecInput } from './podSpec';
export { parsePodSpec } from './podSpec';
export { differencesOf, digestOf } from './podSpecDigest';
export { loadSpecFile } from './specFile';
