import { EXIT_CODES } from '../../../src/cli/exitCodes';
import { CONSEQUENCES, ERROR_KINDS } from '../../../src/model';
import type { ErrorKind } from '../../../src/model';
import { code, table } from './table';
import { wrap } from './wrap';

/** When an error of a kind is thrown, and what its reader does about it. */
interface Advice {
  when: string;
  action: string;
}

const ADVICE: Readonly<Record<ErrorKind, Advice>> = {
  unauthorized: {
    when: 'The provider rejects the API key, or no key is set.',
    action:
      "Put the right key into the worker's environment and restart the worker. Open claims continue by themselves.",
  },
  forbidden: { when: 'The key lacks a permission.', action: 'Grant it, or use another account.' },
  not_found: {
    when:
      'The claim does not exist, or no longer; Temporal has no such namespace; the provider has no such pod; ' +
      'no Temporal server was found or could be installed.',
    action: 'Check the id, the deployment and the namespace. For a missing server the message lists what was tried.',
  },
  rate_limited: {
    when: 'The provider asks for fewer calls.',
    action:
      'Nothing. Podkeeper waits as long as asked, at most 2 min (`endBackoffMax`, `createBackoffMax`), and retries. ' +
      'A longer `Retry-After` raises an alarm that states it.',
  },
  timeout: {
    when: 'The pod was not healthy within `startupTimeout`; no worker took a create in time; or a provider call took too long.',
    action:
      'Read the message: it names the queue without a worker, or the pod that did not become healthy. ' +
      'During the boot, `podkeeper get` shows the last check and `podkeeper logs` the output of the pod.',
  },
  unsupported: {
    when: 'A field is not implemented, the provider does not support it, or the system cannot run local pods.',
    action: 'The message names the field and what to write instead.',
  },
  validation: {
    when:
      'A spec, a configuration, a workflow id or an argument is invalid; a secret is missing; ' +
      "or a local pod's program cannot be started.",
    action: 'The message names each field and the value that it needs.',
  },
  provider: {
    when: 'The provider answered with an error, or the pod ended before it was healthy.',
    action: 'Read the message; for a local pod, its log too.',
  },
  transport: {
    when:
      'Nothing was sent; Temporal or the provider is unreachable; ' +
      'or no worker serves the claim (`workerTimeoutMs`, default 30 s).',
    action:
      'Check the address. For a worker, check the name of the deployment: the message lists those that have workers. ' +
      'A claim retries by itself.',
  },
  unknown: {
    when: 'Anything else. Also: the workflow was terminated from outside, so that the state of its pod is unknown.',
    action: 'Read the message. After a terminate, [look for the pod](lifecycle.md#what-people-do-to-workflows).',
  },
  no_capacity: {
    when: 'The provider is sold out; 999 creates were refused; or this machine is too busy to start a process.',
    action: 'Try later, or ask for another GPU or region.',
  },
  quota: { when: "The account's limit is reached.", action: 'Raise the limit, or end something.' },
  conflict: {
    when:
      'The claim id is in use with another spec, or at all (`exclusive`, `withPod`); it was used before ' +
      "(`reuse: 'never'`); the claim is ending; the handle's claim has ended (`touch`, `token`); or a port is in use.",
    action: 'The message says which of these, and how the specs differ.',
  },
  price_above_cap: {
    when: 'The pod costs more than `maxHourlyPrice`. It was ended at once.',
    action: 'Raise the limit, or ask for something cheaper.',
  },
  outcome_unknown: {
    when: 'The outcome of a create or a job submit is unknown: the provider answered 5xx, nothing, or something unreadable.',
    action:
      "For a claim, nothing: the claim looks the pod up. (Temporal's UI shows a failed `createPod` activity; a claim never " +
      'ends with this kind.) For `podkeeper job run`, or your own call of `spawn` or `runJob`: look first, as the message ' +
      'says, then repeat.',
  },
};

/** Each kind: when it is thrown, and what to do. */
export function errorKinds(): string {
  return ERROR_KINDS.map((kind) => {
    const { when, action } = ADVICE[kind];
    return `- ${wrap(`**${code(kind)}**: ${when}`, '  ')}\n  ${wrap(`_What to do:_ ${action}`, '  ')}`;
  }).join('\n');
}

/** What the kinds lead to: for each operation, the kinds of each consequence. */
export function consequencesList(): string {
  const operations: readonly (keyof (typeof CONSEQUENCES)[ErrorKind])[] = ['create', 'read', 'end'];
  return operations
    .map((operation) => {
      const consequences = new Set(ERROR_KINDS.map((kind) => CONSEQUENCES[kind][operation]));
      const parts = [...consequences].map((consequence) => {
        const kinds = ERROR_KINDS.filter((kind) => CONSEQUENCES[kind][operation] === consequence);
        return `**${consequence}** for ${kinds.map(code).join(', ')}`;
      });
      return `- ${wrap(`_${operation}_: ${parts.join('; ')}.`, '  ')}`;
    })
    .join('\n');
}

/** The exit codes of the command line. */
export function exitCodesTable(): string {
  return table(
    ['code', ''],
    Object.values(EXIT_CODES).map((exit) => [String(exit.code), exit.meaning]),
  );
}
