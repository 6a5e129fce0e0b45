import { EXIT_CODES } from '../../../src/cli/exitCodes';
import { CONSEQUENCES, ERROR_KINDS } from '../../../src/model';
import type { ErrorKind } from '../../../src/model';
import { code, table } from './table';
import { wrap } from './wrap';

/** When an error of a kind is thrown, and what its reader does about it if the message can't say that. */
interface Advice {
  when: string;
  action?: string;
}

const ADVICE: Readonly<Record<ErrorKind, Advice>> = {
  unauthorized: {
    when: 'The provider rejects the API key, or no key is set.',
    action: 'Give the worker the right key and restart it.',
  },
  forbidden: { when: 'The key lacks a permission.' },
  not_found: {
    when: 'There is no such claim, namespace or pod; or no Temporal server could be found or installed.',
  },
  rate_limited: {
    when: 'The provider asks for fewer calls.',
    action:
      'Podkeeper waits as asked, at most `endBackoffMax` or `createBackoffMax`, and retries. A longer `Retry-After` raises an alarm.',
  },
  timeout: {
    when: 'The pod was not healthy within `startupTimeout`, no worker took a create in time, or a call took too long.',
    action: 'See `podkeeper get` and `podkeeper logs`.',
  },
  unsupported: {
    when: 'The provider or this system lacks what a field asks for, or it is not implemented.',
  },
  validation: {
    when: 'A spec, configuration or argument is invalid, a secret is missing, or a local program cannot start.',
  },
  provider: {
    when: 'The provider answered with an error, or the pod ended before it was healthy.',
    action: 'See `podkeeper logs`.',
  },
  transport: {
    when: 'Temporal or the provider is unreachable, or no worker serves the claim within `workerTimeoutMs` (30 s). Nothing was sent.',
    action: 'A claim retries by itself.',
  },
  unknown: {
    when: 'Anything else; also a workflow that was terminated from outside.',
    action: 'After a terminate, [look for the pod](lifecycle.md#what-people-do-to-workflows).',
  },
  no_capacity: {
    when: 'The provider is sold out, 999 creates were refused, or this machine is too busy to start a process.',
  },
  quota: { when: "The account's limit is reached." },
  conflict: {
    when:
      'The claim id is in use (with another spec, or at all for `exclusive` and `withPod`) or was used before ' +
      "(`reuse: 'never'`); the claim is ending or has ended; or a port is in use.",
  },
  price_above_cap: {
    when: 'The pod costs more than `maxHourlyPrice`. It was ended at once.',
  },
  outcome_unknown: {
    when: 'A create or job submit got a 5xx, no answer, or an unreadable one.',
    action:
      'A claim looks the pod up. After `podkeeper job run`, or your own call of a provider, look before you repeat.',
  },
};

/** Each kind: when it is thrown, and what to do. */
export function errorKinds(): string {
  return ERROR_KINDS.map((kind) => {
    const { when, action = '' } = ADVICE[kind];
    return `- ${wrap(`**${code(kind)}**: ${when} ${action}`, '  ')}`;
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
