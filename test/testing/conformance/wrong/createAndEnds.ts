import { isPodkeeperError, type ErrorKind, type Pod, type PodkeeperError } from '../../../../src/model';
import type { CallContext, PodRequest } from '../../../../src/providers/contract';
import { type Reply, type Sent, TinyProvider } from '../tinyProvider';
import type { WrongProvider } from './row';

/** A spawn that rejects with another error. */
function refusing(change: (error: PodkeeperError) => { kind?: ErrorKind; refused?: boolean }): WrongProvider['make'] {
  return class extends TinyProvider {
    override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
      try {
        return await super.spawn(request, context);
      } catch (error) {
        if (!isPodkeeperError(error)) throw error;
        const { kind, refused, status, retryAfterMs } = error;
        const { kind: other = kind, refused: sure = refused } = change(error);
        throw this.error(other, 'changed', { refused: sure, status, retryAfterMs });
      }
    }
  };
}

/** A terminate that replaces the cloud's reply. */
function ending(change: (reply: Reply) => Reply): WrongProvider['make'] {
  return class extends TinyProvider {
    protected override async exchange(sent: Sent, context: CallContext): Promise<Reply> {
      const reply = await super.exchange(sent, context);
      return sent.method === 'DELETE' ? change(reply) : reply;
    }
  };
}

const ACCEPTED: Reply = { status: 204, text: '', retryAfter: null };

export const CREATE: WrongProvider[] = [
  {
    check: 'create-once',
    does: 'sends a create that was cut off once more',
    make: class extends TinyProvider {
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        try {
          return await super.spawn(request, context);
        } catch (error) {
          if (isPodkeeperError(error) && error.kind === 'transport' && !error.refused) {
            await super.spawn(request, { signal: context.signal }).catch(() => undefined);
          }
          throw error;
        }
      }
    },
  },
  {
    check: 'create-no-answer',
    does: 'takes a create without an answer for refused',
    make: refusing(({ kind, refused }) => (kind === 'timeout' ? { refused: true } : { refused })),
  },
  {
    check: 'create-error',
    does: 'takes a 500 for a refusal',
    make: refusing(({ status = 0, refused }) => ({ refused: refused || status >= 500 })),
  },
  {
    check: 'create-reset',
    does: 'takes a create that was cut off for refused',
    make: refusing(({ kind, refused }) => ({ refused: refused || kind === 'transport' })),
  },
  {
    check: 'create-unreadable',
    does: 'takes a create that was answered unreadably for refused',
    make: refusing(({ kind, refused }) => ({ refused: refused || kind === 'outcome_unknown' })),
  },
  {
    check: 'create-not-sent',
    does: 'leaves open what was never sent',
    make: refusing(({ kind, refused }) => ({ refused: refused && kind !== 'transport' })),
  },
  {
    check: 'create-rate-limited',
    does: 'leaves open a create that was answered by 429',
    make: refusing(({ kind, refused }) => ({ refused: refused && kind !== 'rate_limited' })),
  },
  {
    check: 'create-rate-limited',
    does: 'takes a 429 for a lack of machines',
    make: refusing(({ kind }) => (kind === 'rate_limited' ? { kind: 'no_capacity' } : {})),
  },
  {
    check: 'create-unauthorized',
    does: 'leaves open a create that was answered by 401',
    make: refusing(({ kind, refused }) => ({ refused: refused && kind !== 'unauthorized' })),
  },
  {
    check: 'create-before-send',
    does: 'calls beforeSend twice',
    make: class extends TinyProvider {
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        if (!context.signal.aborted) context.beforeSend?.();
        return await super.spawn(request, context);
      }
    },
  },
  {
    check: 'create-fence',
    does: 'calls beforeSend when the request is on its way',
    make: class extends TinyProvider {
      override async spawn(request: PodRequest, { beforeSend, signal }: CallContext): Promise<Pod> {
        if (beforeSend === undefined) return await super.spawn(request, { signal });
        const sent = super.spawn(request, { signal });
        sent.catch(() => undefined);
        beforeSend();
        return await sent;
      }
    },
  },
  {
    check: 'create-fence',
    does: 'wraps what beforeSend throws',
    make: class extends TinyProvider {
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        const beforeSend = (): void => {
          try {
            context.beforeSend?.();
          } catch {
            throw this.error('unknown', 'may not be sent', { refused: true });
          }
        };
        return await super.spawn(request, { ...context, beforeSend });
      }
    },
  },
  {
    check: 'create-aborted',
    does: 'leaves open a create that was given up before it was sent',
    make: refusing(({ kind, refused }) => ({ refused: refused && kind !== 'timeout' })),
  },
  {
    check: 'create-aborted',
    does: 'sends a create whose signal has aborted',
    make: class extends TinyProvider {
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        if (!context.signal.aborted) return await super.spawn(request, context);
        await super.spawn(request, { signal: new AbortController().signal });
        throw this.error('timeout', 'given up', { refused: true });
      }
    },
  },
];

export const ENDS: WrongProvider[] = [
  {
    check: 'ends-terminate',
    does: 'gets an ended pod as stopped',
    make: class extends TinyProvider {
      override async get(id: string, context: CallContext): Promise<Pod> {
        const pod = await super.get(id, context);
        return pod.status === 'terminated' ? { ...pod, status: 'stopped' } : pod;
      }
    },
  },
  {
    check: 'ends-list',
    does: 'lists an ended pod as running',
    make: class extends TinyProvider {
      override async list(...call: Parameters<TinyProvider['list']>): Promise<Pod[]> {
        const pods = await super.list(...call);
        return pods.map((pod) => (pod.status === 'terminated' ? { ...pod, status: 'running' as const } : pod));
      }
    },
  },
  {
    check: 'ends-others',
    does: 'ends all pods whose names begin alike',
    make: class extends TinyProvider {
      override async terminate(id: string, context: CallContext): Promise<void> {
        const pods = await this.list({}, context);
        const name = pods.find((pod) => pod.id === id)?.name;
        const alike = pods.filter((pod) => name !== undefined && pod.id !== id && pod.name.startsWith(name));
        for (const pod of alike) await super.terminate(pod.id, context);
        await super.terminate(id, context);
      }
    },
  },
  {
    check: 'ends-twice',
    does: 'calls it an error that a pod has ended already',
    make: class extends TinyProvider {
      override async terminate(id: string, context: CallContext): Promise<void> {
        const pod = await this.get(id, context).catch(() => undefined);
        if (pod?.status === 'terminated') throw this.error('conflict', 'has ended already');
        await super.terminate(id, context);
      }
    },
  },
  {
    check: 'ends-unknown',
    does: 'looks at the form of an id',
    make: class extends TinyProvider {
      override async terminate(id: string, context: CallContext): Promise<void> {
        if (!/^m\d+-/.test(id)) throw this.error('not_found', 'that is no id');
        await super.terminate(id, context);
      }
    },
  },
  {
    check: 'ends-not-found',
    does: 'rejects a 404 that it does not know',
    make: ending((reply) =>
      reply.status === 404 && !reply.text.includes('no such machine') ? { ...reply, status: 500 } : reply,
    ),
  },
  {
    check: 'ends-failed',
    does: 'takes a 409 for an end',
    make: ending((reply) => (reply.status === 409 ? ACCEPTED : reply)),
  },
  {
    check: 'ends-failed',
    does: 'takes an error of the cloud for an end',
    make: ending((reply) => (reply.status === 500 ? ACCEPTED : reply)),
  },
  {
    check: 'ends-start',
    does: 'resolves where an ended pod was to start',
    make: class extends TinyProvider {
      override async start(id: string, context: CallContext): Promise<void> {
        await super.start(id, context).catch((error: unknown) => {
          if (!isPodkeeperError(error) || error.kind !== 'conflict') throw error;
        });
      }
    },
  },
];
