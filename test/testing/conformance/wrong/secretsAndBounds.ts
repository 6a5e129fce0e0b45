import { isPodkeeperError, type ErrorKind, type Pod, PodkeeperError } from '../../../../src/model';
import type { CallContext, ListFilter, PodRequest } from '../../../../src/providers/contract';
import { type Reply, type Sent, TinyProvider, type Wired } from '../tinyProvider';
import type { WrongProvider } from './row';

/** A pod whose status detail contains too much. */
function telling(detail: (machine: Wired) => string): WrongProvider['make'] {
  return class extends TinyProvider {
    protected override pod(machine: Wired, kind?: ErrorKind): Pod {
      return { ...super.pod(machine, kind), statusDetail: detail(machine) };
    }
  };
}

export const SECRETS: WrongProvider[] = [
  {
    check: 'secrets-errors',
    does: "hands on the cloud's words as they are",
    make: class extends TinyProvider {
      protected override refusal(reply: Reply, refused?: boolean): PodkeeperError {
        const { kind, status, retryAfterMs } = super.refusal(reply);
        return this.error(kind, `the cloud says: ${reply.text}`, { status, retryAfterMs, refused });
      }
    },
  },
  {
    check: 'secrets-errors',
    does: 'puts the reply into the cause',
    make: class extends TinyProvider {
      protected override refusal(reply: Reply, refused?: boolean): PodkeeperError {
        const { kind, message, status, retryAfterMs } = super.refusal(reply);
        const cause = new Error('refused', { cause: { body: reply.text } });
        return new PodkeeperError(kind, message, { status, retryAfterMs, refused, cause });
      }
    },
  },
  {
    check: 'secrets-errors',
    does: 'puts its request into the details',
    make: class extends TinyProvider {
      protected override error(...[kind, message, options]: Parameters<TinyProvider['error']>): PodkeeperError {
        const details = { headers: { authorization: `Bearer ${this.apiKey}` } };
        return new PodkeeperError(kind, message, { ...options, details });
      }
    },
  },
  {
    check: 'secrets-results',
    does: 'tells the variables of a pod',
    make: telling(({ env }) => JSON.stringify(env)),
  },
  {
    check: 'secrets-raw',
    does: "hands on the cloud's own fields",
    make: telling(({ env: _env, environment: _environment, ...rest }) => JSON.stringify(rest)),
  },
];

export const BOUNDS: WrongProvider[] = [
  {
    check: 'bounds-aborted',
    does: 'lists though its signal has aborted',
    make: class extends TinyProvider {
      override async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
        return await super.list(filter, context.signal.aborted ? { signal: new AbortController().signal } : context);
      }
    },
  },
  {
    check: 'bounds-deadline',
    does: 'takes a list without an answer for an empty one',
    make: class extends TinyProvider {
      private answered = false;
      protected override async fetch(url: string, init: RequestInit): Promise<Response> {
        this.answered = false;
        const response = await super.fetch(url, init);
        this.answered = true;
        return response;
      }
      override async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
        const late = context.signal.aborted;
        return await super.list(filter, context).catch((error: unknown) => {
          if (late || this.answered || !context.signal.aborted) throw error;
          return [];
        });
      }
    },
  },
  {
    check: 'bounds-drip',
    does: 'answers in time, and leaves the request behind',
    make: class extends TinyProvider {
      protected override async exchange(sent: Sent, context: CallContext): Promise<Reply> {
        if (context.signal.aborted) return await super.exchange(sent, context);
        const exchange = super.exchange(sent, { ...context, signal: new AbortController().signal });
        exchange.catch(() => undefined);
        const aborted = new Promise<never>((_resolve, reject) => {
          const give = (): void => reject(this.error('timeout', 'no answer before the deadline'));
          context.signal.addEventListener('abort', give, { once: true });
        });
        return await Promise.race([exchange, aborted]);
      }
    },
  },
  {
    check: 'bounds-body',
    does: 'reads a reply of any length',
    make: class extends TinyProvider {
      protected override async text(response: Response): Promise<string> {
        return await response.text();
      }
    },
  },
  {
    check: 'bounds-retries',
    does: 'gets once more after a 503',
    make: class extends TinyProvider {
      override async get(id: string, context: CallContext): Promise<Pod> {
        return await super.get(id, context).catch(async (error: unknown) => {
          if (!isPodkeeperError(error) || error.status !== 503) throw error;
          return await super.get(id, context);
        });
      }
    },
  },
  {
    check: 'bounds-redirect',
    does: 'follows where a list is redirected',
    make: class extends TinyProvider {
      protected override async fetch(url: string, init: RequestInit): Promise<Response> {
        return await super.fetch(url, url.includes('?from=') ? { ...init, redirect: 'follow' } : init);
      }
    },
  },
  {
    check: 'bounds-pollution-input',
    does: 'merges labels field by field',
    make: class extends TinyProvider {
      protected override body(request: PodRequest): Wired {
        merge({}, request.labels);
        return super.body(request);
      }
    },
  },
  {
    check: 'bounds-pollution-reply',
    does: 'merges a reply field by field',
    make: class extends TinyProvider {
      protected override pod(machine: Wired, kind?: ErrorKind): Pod {
        merge({}, machine);
        return super.pod(machine, kind);
      }
    },
  },
];

/** A common mistake of libraries. */
function merge(target: Wired, source: Wired): void {
  for (const [name, value] of Object.entries(source)) {
    const own = target[name];
    if (typeof value === 'object' && value !== null && typeof own === 'object' && own !== null) {
      merge(own as Wired, value as Wired);
    } else target[name] = value;
  }
}
