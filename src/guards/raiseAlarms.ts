import { Runtime } from '@temporalio/worker';
import type { GuardFinding } from './finding';

/** Raises an alarm for each finding, as the reaper does: in the log, where log-based alerting sees it, and as a metric. */
export function raiseAlarms(findings: readonly GuardFinding[], deployment: string): void {
  const { logger, metricMeter } = Runtime.instance();
  const alarms = metricMeter.createCounter('podkeeper_alarms', 'alarm', 'Alarms raised');
  for (const { guard, account, message } of findings) {
    const facts = { deployment, ...(account === null ? {} : { account }), kind: guard };
    logger.error(`Podkeeper alarm: ${message}`, facts);
    alarms.add(1, facts);
  }
}
