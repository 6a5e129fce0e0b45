import { ApplicationFailure } from '@temporalio/activity';
import type { PodActivities } from '../../model';

type Call<Input, Output> = (input: Input) => Promise<Output>;

/** Fails activities that still run when a test is over. A worker would wait for them forever. */
export class Interruption {
  private readonly running = new Set<(failure: Error) => void>();
  private isOver = false;

  guard(activities: PodActivities): PodActivities {
    return {
      admitClaim: this.guarded(activities.admitClaim),
      createPod: this.guarded(activities.createPod),
      locatePod: this.guarded(activities.locatePod),
      locateLife: this.guarded(activities.locateLife),
      observePod: this.guarded(activities.observePod),
      explainBoot: this.guarded(activities.explainBoot),
      watchPod: this.guarded(activities.watchPod),
      endPods: this.guarded(activities.endPods),
    };
  }

  /** Fails running activities. */
  interrupt(): void {
    for (const fail of this.running) fail(ApplicationFailure.retryable('the test is over', 'interrupted'));
  }

  /** Fails running and later activities. */
  interruptFromNowOn(): void {
    this.isOver = true;
    this.interrupt();
  }

  private guarded<Input, Output>(call: Call<Input, Output>): Call<Input, Output> {
    return async (input) => {
      if (this.isOver) throw ApplicationFailure.retryable('the test is over', 'interrupted');
      let interrupt = (_failure: Error): void => undefined;
      const interrupted = new Promise<never>((_resolve, reject) => {
        interrupt = reject;
      });
      this.running.add(interrupt);
      try {
        return await Promise.race([call(input), interrupted]);
      } finally {
        this.running.delete(interrupt);
      }
    };
  }
}
