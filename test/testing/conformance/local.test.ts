import { readFileSync } from 'node:fs';
import { providerConformance } from '../../../src/testing/conformance';
import type { Provider } from '../../../src/providers/contract';
import { createLocalProvider } from '../../../src/providers/local';
import { LocalPods, living } from '../../providers/local/localPods';

const pods = new LocalPods();

providerConformance({
  provider: () => remembered(local()),
  async inspect(id) {
    const command = (await living(id)).find((member) => !member.launcher);
    if (command === undefined) return undefined;
    const entries = readFileSync(`/proc/${command.pid}/environ`, 'utf8')
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry): [string, string] => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
    return { env: Object.fromEntries(entries) };
  },
});

/** Registers the names with `pods`, which checks after each test that no process is left. */
function remembered(provider: Provider): Provider {
  const spawn: Provider['spawn'] = async (request, context) => {
    pods.names.push(request.name);
    return await provider.spawn(request, context);
  };
  return Object.assign(Object.create(provider) as Provider, { spawn });
}

function local(): Provider {
  const { directory, launcherPath } = pods;
  return createLocalProvider({ directory, launcherPath, stopGraceMs: 2_000 });
}
