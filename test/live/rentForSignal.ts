import { createRunpodProvider } from '../../src/providers/runpod';
import { rentOnce } from './rental';

// Rents by the addresses in its environment, and tells what it does, until a signal comes.
const limits = { healthyWithinMs: 60_000, cleanUpWithinMs: 30_000, pollMs: 20, listLagMs: 100, mostPerHour: 0.5 };
void rentOnce(createRunpodProvider(), limits, (line) => process.stdout.write(`${line}\n`)).catch(() => undefined);
