import type { WorkflowInternalsInterceptor } from '@temporalio/workflow';
import { msToTs } from '@temporalio/common/lib/time';
import { ASKED_TOO_EARLY } from '../../src/workflows/definitions';
import { interceptors } from '../../src/workflows/interceptors';
import { eventTypesOf, infoOf, onDevServer, openStage, reached, startClaim } from '../support/lifecycle';
import { SECOND, mockCloud } from '../support/mockCloud';
import { until } from '../support/until';

type Activation = Parameters<NonNullable<WorkflowInternalsInterceptor['activate']>>[0]['activation'];

/** Hands a workflow some activations, one after another; answers which it took, by their place. */
function taken(...activations: Activation[]): number[] {
  const [interceptor] = interceptors().internals ?? [];
  return activations.flatMap((activation, index) => {
    let took = false;
    try {
      interceptor?.activate?.({ activation, batchIndex: 0 }, () => (took = true));
    } catch (error) {
      expect(error).toHaveProperty('message', ASKED_TOO_EARLY);
    }
    return took ? [index] : [];
  });
}

function activation(seconds: number, events: number, isReplaying = false): Activation {
  return { timestamp: msToTs(seconds * 1_000 + 5), historyLength: events, isReplaying };
}

describe('what a workflow is handed', () => {
  test.each<[string, Activation[], number[]]>([
    ['tasks that follow one another', [activation(1, 3), activation(2, 8), activation(3, 12)], [0, 1, 2]],
    ['a task in parts', [activation(1, 3), activation(1, 3), activation(2, 8), activation(2, 8)], [0, 1, 2, 3]],
    ['a history from its begin', [activation(1, 3, true), activation(2, 8, true), activation(3, 12)], [0, 1, 2]],
    ['a query of what it knows', [activation(1, 3), activation(1, 3, true)], [0, 1]],
    ['events whose task has not begun', [activation(1, 3, true), activation(1, 7)], [0]],
  ])('%s', (_what, activations, expected) => {
    expect(taken(...activations)).toEqual(expected);
  });
});

const LIFETIME_MS = 6 * SECOND;
/** Whether a question or the task comes first is up to the server: enough of both that some question does. */
const CLAIMS = 4;
const QUESTIONS = 8;

test('claims that are asked before a worker has the task of a timer that fired read no older clock: their lifetime is not begun anew', async () => {
  await onDevServer(
    async (stage) => {
      const { env, deployment, clouds } = stage;
      const workers = async () => await openStage(env, { deployment, clouds, roles: ['workflows'] });
      const first = await workers();
      const claims = await Promise.all(
        Array.from({ length: CLAIMS }, async () => {
          return await startClaim(stage, mockCloud({ spec: { maxLifetimeMs: LIFETIME_MS } }));
        }),
      );
      for (const claim of claims) await reached(claim, 'healthy');
      await first.close();
      // Nobody is there to answer until all their timers have fired.
      const asked = claims.flatMap((claim) => {
        return Array.from({ length: QUESTIONS }, async () => await infoOf(claim).catch(() => undefined));
      });
      const haveFired = async () => {
        const all = await Promise.all(claims.map(async (claim) => await eventTypesOf(claim)));
        return all.every((types) => types.includes('TIMER_FIRED'));
      };
      await until('all their timers have fired', haveFired);

      const second = await workers();
      try {
        for (const claim of claims) {
          const { report } = await claim.result();
          expect(report.end.reason).toBe('lifetime');
          const events = await eventTypesOf(claim);
          // One that rings while the end isn't proven, and no second one for the lifetime.
          const timers = events.slice(events.indexOf('TIMER_FIRED')).filter((type) => type === 'TIMER_STARTED');
          expect(timers).toHaveLength(1);
        }
        await Promise.all(asked);
      } finally {
        await second.close();
      }
      expect([...clouds.values()].flatMap(({ living }) => living)).toEqual([]);
    },
    { roles: ['spend', 'keep'] },
  );
});
