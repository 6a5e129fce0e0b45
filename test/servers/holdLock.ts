import { once } from 'node:events';
import { withLock } from '../../src/servers/lock';

// Holds the lock, says so, and releases it when its stdin ends.
const [, , lock = ''] = process.argv;
void withLock(lock, async () => {
  process.stdout.write('held\n');
  await once(process.stdin.resume(), 'end');
});
