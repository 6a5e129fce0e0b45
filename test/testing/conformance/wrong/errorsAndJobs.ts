import { isPodkeeperError, type ErrorKind, type Pod, PodkeeperError } from '../../../../src/model';
import type {
  CallContext,
  GpuType,
  Job,
  JobReference,
  JobRequest,
  LogLine,
  LogOptions,
} from '../../../../src/providers/contract';
import { type Reply, TinyProvider, type Wired } from '../tinyProvider';
import type { WrongProvider } from './row';

/** Reads that map a status to the wrong kind. */
function mistaking(status: number, kind: ErrorKind): WrongProvider['make'] {
  return class extends TinyProvider {
    protected override refusal(reply: Reply, refused = false): PodkeeperError {
      if (reply.status !== status || refused) return super.refusal(reply, refused);
      return this.error(kind, 'mistaken', { status, retryAfterMs: this.wait(reply.retryAfter) });
    }
  };
}

/** Uses another kind than `not_found` for what doesn't exist. */
async function mistakeNotFound<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isPodkeeperError(error) || error.kind !== 'not_found') throw error;
    throw new PodkeeperError('provider', 'something is wrong');
  }
}

export const ERRORS: WrongProvider[] = [
  {
    check: 'errors-get-unknown',
    does: 'calls it an error of the provider that a pod is not there',
    make: class extends TinyProvider {
      override async get(id: string, context: CallContext): Promise<Pod> {
        return await mistakeNotFound(super.get(id, context));
      }
    },
  },
  {
    check: 'errors-stop-unknown',
    does: 'resolves where a pod was to stop that is not there',
    make: class extends TinyProvider {
      override async stop(id: string, context: CallContext): Promise<void> {
        await super.stop(id, context).catch((error: unknown) => {
          if (!isPodkeeperError(error) || error.kind !== 'not_found') throw error;
        });
      }
    },
  },
  {
    check: 'errors-closed',
    does: 'lets the error of the JSON parser through',
    make: class extends TinyProvider {
      protected override json(reply: Reply, kind?: ErrorKind): Wired {
        try {
          return super.json(reply, kind);
        } catch {
          throw new SyntaxError('Unexpected token');
        }
      }
    },
  },
  {
    check: 'errors-closed',
    does: 'lets the abort of the signal through',
    make: class extends TinyProvider {
      protected override transportError(error: unknown, signal: AbortSignal): PodkeeperError {
        return signal.aborted ? (signal.reason as PodkeeperError) : super.transportError(error, signal);
      }
    },
  },
  {
    check: 'errors-closed',
    does: 'makes up a kind',
    make: mistaking(418, 'teapot' as ErrorKind),
  },
  { check: 'errors-unauthorized', does: 'takes a 401 for an error of the provider', make: mistaking(401, 'provider') },
  { check: 'errors-forbidden', does: 'takes a 403 for a wrong key', make: mistaking(403, 'unauthorized') },
  { check: 'errors-rate-limited', does: 'takes a 429 for an error of the provider', make: mistaking(429, 'provider') },
  {
    check: 'errors-retry-after',
    does: 'reads no dates',
    make: class extends TinyProvider {
      protected override wait(retryAfter: string | null): number | undefined {
        return retryAfter?.endsWith('GMT') ? undefined : super.wait(retryAfter);
      }
    },
  },
  {
    check: 'errors-retry-after',
    does: 'believes whatever it is told',
    make: class extends TinyProvider {
      protected override wait(retryAfter: string | null): number | undefined {
        return /^\d{9,}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : super.wait(retryAfter);
      }
    },
  },
  { check: 'errors-not-gone', does: 'takes a retired API for a pod that is gone', make: mistaking(410, 'not_found') },
  {
    check: 'errors-get-unreadable',
    does: 'answers another pod than the one that it was asked for',
    make: class extends TinyProvider {
      override async get(id: string, context: CallContext): Promise<Pod> {
        const reply = await this.exchange({ method: 'GET', path: `/machines/${id}` }, context);
        if (reply.status !== 200) throw this.refusal(reply);
        return this.pod(this.json(reply));
      }
    },
  },
];

export const JOBS: WrongProvider[] = [
  {
    check: 'jobs-async',
    does: 'never sees a job complete',
    make: class extends TinyProvider {
      override async getJob(job: JobReference, context: CallContext): Promise<Job> {
        const found = await super.getJob(job, context);
        return found.status === 'completed' ? { ...found, status: 'in_progress' } : found;
      }
    },
  },
  {
    check: 'jobs-sync',
    does: 'does not wait for a sync job',
    make: class extends TinyProvider {
      override async runJob(request: JobRequest, context: CallContext): Promise<Job> {
        return await super.runJob({ ...request, mode: 'async' }, context);
      }
    },
  },
  {
    check: 'jobs-stream',
    does: 'reads a stream again and again',
    make: class extends TinyProvider {
      override async *streamJob(job: JobReference, context: CallContext): AsyncGenerator {
        for (;;) yield* super.streamJob(job, context);
      }
    },
  },
  {
    check: 'jobs-stream',
    does: 'yields nothing',
    make: class extends TinyProvider {
      override async *streamJob(): AsyncGenerator {}
    },
  },
  {
    check: 'jobs-cancel',
    does: 'looks at a job that it was to cancel',
    make: class extends TinyProvider {
      override async cancelJob(job: JobReference, context: CallContext): Promise<void> {
        await this.getJob(job, context);
      }
    },
  },
  {
    check: 'jobs-get-unknown',
    does: 'calls it an error of the provider that a job is not there',
    make: class extends TinyProvider {
      override async getJob(job: JobReference, context: CallContext): Promise<Job> {
        return await mistakeNotFound(super.getJob(job, context));
      }
    },
  },
  {
    check: 'jobs-cancel-unknown',
    does: 'resolves where a job was to be cancelled that is not there',
    make: class extends TinyProvider {
      override async cancelJob(job: JobReference, context: CallContext): Promise<void> {
        await super.cancelJob(job, context).catch((error: unknown) => {
          if (!isPodkeeperError(error) || error.kind !== 'not_found') throw error;
        });
      }
    },
  },
  {
    check: 'jobs-plain',
    does: 'leaves out a time that it does not know',
    make: class extends TinyProvider {
      protected override job(reply: Wired, endpoint: string): Job {
        const { delayTimeMs: _left, ...job } = super.job(reply, endpoint);
        return job as Job;
      }
    },
  },
  {
    check: 'jobs-submit-once',
    does: 'submits a job once more after a 500',
    make: class extends TinyProvider {
      override async runJob(request: JobRequest, context: CallContext): Promise<Job> {
        return await super.runJob(request, context).catch(async (error: unknown) => {
          await super.runJob(request, context).catch(() => undefined);
          throw error;
        });
      }
    },
  },
];

export const CATALOGUE: WrongProvider[] = [
  {
    check: 'catalogue-rows',
    does: 'tells a price that is no number',
    make: class extends TinyProvider {
      protected override gpuType(row: Wired): GpuType {
        return { ...super.gpuType(row), hourlyPrice: NaN };
      }
    },
  },
  {
    check: 'catalogue-fails',
    does: 'takes a failed catalogue for an empty one',
    make: class extends TinyProvider {
      override async listGpuTypes(context: CallContext): Promise<GpuType[]> {
        return await super.listGpuTypes(context).catch(() => []);
      }
    },
  },
];

export const LOGS: WrongProvider[] = [
  {
    check: 'logs-lines',
    does: 'tells a time that is none',
    make: class extends TinyProvider {
      protected override line(line: Wired): LogLine {
        return { ...super.line(line), at: 'now' };
      }
    },
  },
  {
    check: 'logs-follow',
    does: 'follows on after its signal',
    make: class extends TinyProvider {
      override async *logs(id: string, options: LogOptions, context: CallContext): AsyncGenerator<LogLine> {
        yield* super.logs(id, { ...options, follow: false }, { ...context, signal: new AbortController().signal });
        if (options.follow !== false) await new Promise(() => {});
      }
    },
  },
  {
    check: 'logs-unknown',
    does: 'has empty logs for a pod that is not there',
    make: class extends TinyProvider {
      override async *logs(id: string, options: LogOptions, context: CallContext): AsyncGenerator<LogLine> {
        try {
          yield* super.logs(id, options, context);
        } catch (error) {
          if (!isPodkeeperError(error) || error.kind !== 'not_found') throw error;
        }
      }
    },
  },
];
