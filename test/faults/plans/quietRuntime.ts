import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';

/** Temporal's runtime for a file of plans: where everything goes wrong on purpose, alarms are no news. */
export function quietRuntime(): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR', ({ level, message, meta }) => {
      if (!message.startsWith('Podkeeper alarm: '))
        process.stderr.write(`${level} ${message} ${JSON.stringify(meta)}\n`);
    }),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
    },
  });
}

let isInstalled = false;
