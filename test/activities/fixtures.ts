import { Account } from '../../src/accounts';
import { DEFAULT_SETTINGS, emptyPodSpec, formatPodName, lifePrefix } from '../../src/model';
import type { CreateInput, EndInput, EndTarget, LocateInput, PollInput, PodSpec, Settings } from '../../src/model';
import { ScriptedProvider } from '../support/scriptedProvider';
import type { ScriptedProviderOptions } from '../support/scriptedProvider';

export const IDENTITY = { deployment: 'test', controlPlane: 'aaaa' };
export const LIFE = { ...IDENTITY, claim: 'render', life: 'bbbbbb' };
export const PREFIX = lifePrefix(LIFE);
export const OWNER = { workflowId: 'test/render', firstRunId: 'run-1' };

/** A name of this life. */
export function nameOf(attempt: number): string {
  return formatPodName({ ...LIFE, attempt });
}
export const NAME = nameOf(1);

/**
 * Names that begin or look much like those of {@link LIFE} and are not its: of another life, of a claim whose id is longer by what looks like
 * the life, of another control plane and deployment, and some that are none of ours.
 */
export const FOREIGN_NAMES = [
  formatPodName({ ...LIFE, life: 'cccccc', attempt: 1 }),
  formatPodName({ ...LIFE, claim: 'render-bbbbbb', life: 'cccccc', attempt: 1 }),
  formatPodName({ ...LIFE, claim: 'rende', attempt: 1 }),
  formatPodName({ ...LIFE, controlPlane: 'aaab', attempt: 1 }),
  formatPodName({ ...LIFE, deployment: 'tes', attempt: 1 }),
  `${PREFIX}0`,
  `${PREFIX}01`,
  `${PREFIX}1000`,
  `${PREFIX}1x`,
  PREFIX.slice(0, -1),
  PREFIX,
  `x${PREFIX}1`,
  NAME.toUpperCase(),
];

export function specOf(changes: Partial<PodSpec> = {}): PodSpec {
  return { ...emptyPodSpec(), ...changes };
}

export function settingsOf(changes: Partial<Settings> = {}): Settings {
  return { ...DEFAULT_SETTINGS, ...changes };
}

/** A scripted cloud and the account that a worker would hold for it. */
export function cloud(options?: ScriptedProviderOptions): { provider: ScriptedProvider; account: Account } {
  const provider = new ScriptedProvider(options);
  return { provider, account: new Account('main', provider) };
}

const MINUTE = 60_000;

/** ISO 8601, long enough ago for any lag to have passed. */
export function longAgo(): string {
  return new Date(Date.now() - 60 * MINUTE).toISOString();
}

/** ISO 8601, far enough ahead for no test to reach it. */
export function farAhead(): string {
  return new Date(Date.now() + 60 * MINUTE).toISOString();
}

export function createInput(changes: Partial<CreateInput> = {}): CreateInput {
  return {
    account: 'main',
    name: NAME,
    spec: specOf(),
    notAfter: '2030-01-01T00:00:00.000Z',
    settings: settingsOf(),
    owner: OWNER,
    lookFirst: false,
    terminatingIds: [],
    ...changes,
  };
}

export function locateInput(changes: Partial<LocateInput> = {}): LocateInput {
  return {
    account: 'main',
    name: NAME,
    spec: specOf(),
    sentBefore: longAgo(),
    absence: null,
    alarmsReported: [],
    settings: settingsOf(),
    ...changes,
  };
}

export function lookInput(podId: string, changes: Partial<PollInput> = {}): PollInput {
  return {
    account: 'main',
    podId,
    name: NAME,
    prefix: PREFIX,
    terminatingIds: [],
    spec: specOf(),
    absenceCountsFrom: longAgo(),
    absence: null,
    alarmsReported: [],
    settings: settingsOf(),
    ...changes,
  };
}

export function endInput(target: EndTarget, changes: Partial<EndInput> = {}): EndInput {
  return {
    account: 'main',
    target,
    reason: 'released',
    absenceCountsFrom: longAgo(),
    accepted: [],
    absence: null,
    alarmsReported: [],
    settings: settingsOf(),
    ...changes,
  };
}

/** The end of a whole life. */
export function lifeTarget(
  pods: { id: string; name: string }[] = [],
  unknownNames = false,
): Extract<EndTarget, { kind: 'life' }> {
  return { kind: 'life', prefix: PREFIX, pods: pods.map(({ id, name }) => ({ id, name })), unknownNames };
}

/** The end of exactly one pod. */
export function podTarget({ id, name }: { id: string; name: string }): Extract<EndTarget, { kind: 'pod' }> {
  return { kind: 'pod', id, name };
}
