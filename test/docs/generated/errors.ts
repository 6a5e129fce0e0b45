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
    action: 'Put the right key into the environment of the worker and restart it. Open claims continue.',
  },
  forbidden: { when: 'The key lacks a permission.', action: 'Grant it, or use another account.' },
  not_found: {
    when: 'There is no such claim, namespace or pod; or no Temporal server was found or could be installed.',
    action: 'Check the id, the deployment and the namespace. For a server the message lists what was tried.',
  },
  rate_limited: {
    when: 'The provider asks for fewer calls.',
    action:
      'You need do nothing: Podkeeper waits as asked, at most 2 min (`endBackoffMax`, `createBackoffMax`), and retries. ' +
      'A longer `Retry-After` raises an alarm.',
  },
  timeout: {
    when: 'The pod was not healthy within `startupTimeout`, no worker took a create in time, or a call took too long.',
    action:
      'The message names the queue without a worker, or the pod. `podkeeper get` shows the last check of a booting pod, ' +
      '`podkeeper logs` its output.',
  },
  unsupported: {
    when: 'A field is not implemented, the provider does not support it, or the system cannot run local pods.',
    action: 'The message names the field and what to write instead.',
  },
  validation: {
    when: 'A spec, a configuration or an argument is invalid, a secret is missing, or a local program cannot start.',
    action: 'The message names each field and the value that it needs.',
  },
  provider: {
    when: 'The provider answered with an error, or the pod ended before it was healthy.',
    action: 'Read the message; for a local pod, its log too.',
  },
  transport: {
    when: 'Nothing was sent: Temporal or the provider is unreachable, or no worker serves the claim (`workerTimeoutMs`, 30 s).',
    action:
      'Check the address, or the name of the deployment: the message lists those that have workers. ' +
      'A claim retries by itself.',
  },
  unknown: {
    when: 'Anything else; also a workflow that was terminated from outside, so that the state of its pod is unknown.',
    action: 'Read the message. After a terminate, [look for the pod](lifecycle.md#what-people-do-to-workflows).',
  },
  no_capacity: {
    when: 'The provider is sold out, 999 creates were refused, or this machine is too busy to start a process.',
    action: 'Try later, or ask for another GPU or region.',
  },
  quota: { when: "The account's limit is reached.", action: 'Raise the limit, or end something.' },
  conflict: {
    when:
      'The claim id is in use (with another spec, or at all: `exclusive`, `withPod`), was used before ' +
      "(`reuse: 'never'`), or its claim is ending or has ended (`touch`, `token`). Or a port is in use.",
    action: 'The message says which of these, and how the specs differ.',
  },
  price_above_cap: {
    when: 'The pod costs more than `maxHourlyPrice`. It was ended at once.',
    action: 'Raise the limit, or ask for something cheaper.',
  },
  outcome_unknown: {
    when: 'A create or a job submit was answered with 5xx, nothing, or something unreadable.',
    action:
      "For a claim you need do nothing: it looks the pod up and never ends with this kind. (Temporal's UI shows a failed " +
      '`createPod`.) For `podkeeper job run`, or your own call of `spawn` or `runJob`: look first, then repeat.',
  },
};

/** Each kind: when it is thrown, and what to do. */
export function errorKinds(): string {
  return ERROR_KINDS.map((kind) => {
    const { when, action } = ADVICE[kind];
    return `- ${wrap(`**${code(kind)}**: ${when}`, '  ')}\n  ${wrap(action, '  ')}`;
  }).join('\n');
}

/** What the kinds lead to: for each operation, the kinds of each consequence; the most frequent one comes last. */
export function consequencesList(): string {
  const operations: readonly Operation[] = ['create', 'read', 'end'];
  const texts = operations.map((operation) => [operation, kindsByConsequence(operation)] as const);
  return [...new Set(texts.map(([, text]) => text))]
    .map((text) => {
      const same = texts.filter(([, other]) => other === text).map(([operation]) => `_${operation}_`);
      return `- ${wrap(`${same.join(' and ')}: ${text}.`, '  ')}`;
    })
    .join('\n');
}

type Operation = keyof (typeof CONSEQUENCES)[ErrorKind];

function kindsByConsequence(operation: Operation): string {
  const consequences = [...new Set(ERROR_KINDS.map((kind) => CONSEQUENCES[kind][operation]))]
    .map((name) => ({ name, kinds: ERROR_KINDS.filter((kind) => CONSEQUENCES[kind][operation] === name) }))
    .toSorted((one, other) => one.kinds.length - other.kinds.length);
  return consequences
    .map(({ name, kinds }, index) =>
      index < consequences.length - 1
        ? `**${name}** for ${kinds.map(code).join(', ')}`
        : `**${name}** for every other kind`,
    )
    .join('; ');
}

/** The exit codes of the command line. */
export function exitCodesTable(): string {
  return table(
    ['code', ''],
    Object.values(EXIT_CODES).map((exit) => [String(exit.code), exit.meaning]),
  );
}
