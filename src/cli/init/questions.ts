import { createInterface } from 'node:readline/promises';
import { DEPLOYMENT_PATTERN } from '../../model';
import { Interrupted } from '../failure';
import { EXAMPLE_PORT, INIT_PROVIDERS } from './files';
import type { InitPlan, InitProvider } from './files';

/** Asks for what the options don't say. An empty answer takes the default. */
export async function askFor(given: Partial<InitPlan>, defaults: InitPlan): Promise<InitPlan> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const interrupted = new Promise<never>((_resolve, reject) => {
    lines.once('SIGINT', () => reject(new Interrupted('SIGINT', 'stopped; nothing was written')));
  });
  interrupted.catch(() => undefined);
  const ask = async <T>(question: string, fallback: string, read: (answer: string) => T | undefined): Promise<T> => {
    for (;;) {
      const shown = fallback === '' ? '' : ` (${fallback})`;
      const answer = (await Promise.race([lines.question(`${question}${shown}: `), interrupted])).trim();
      const value = read(answer === '' ? fallback : answer);
      if (value !== undefined) return value;
    }
  };
  try {
    const deployment =
      given.deployment ??
      (await ask('Deployment name (1 to 8 characters of a-z and 0-9)', defaults.deployment, readDeployment));
    const provider =
      given.provider ?? (await ask(`Provider, ${INIT_PROVIDERS.join(' or ')}`, defaults.provider, readProvider));
    const image = given.image ?? (provider === 'local' ? null : await ask('Image (empty for an example)', '', orNull));
    const command = given.command ?? (await ask(whatToRun(provider, image), '', orNull));
    const isExample = command === null && image === null;
    const port = isExample
      ? (given.port ?? EXAMPLE_PORT)
      : given.port !== undefined
        ? given.port
        : await ask('HTTP port that the pod listens on (empty for none)', '', readPort);
    return { deployment, provider, image, command, port: port === 'none' ? null : port };
  } finally {
    lines.close();
  }
}

function whatToRun(provider: InitProvider, image: string | null): string {
  if (image !== null) return "Command (empty for the image's own)";
  return `Command (empty for an example server${provider === 'local' ? '; the port is in $PORT' : ''})`;
}

/** Returns the name if it is a valid deployment name. */
export function readDeployment(text: string): string | undefined {
  return DEPLOYMENT_PATTERN.test(text) ? text : undefined;
}

function readProvider(text: string): InitProvider | undefined {
  return INIT_PROVIDERS.find((provider) => provider === text);
}

function readPort(text: string): number | 'none' | undefined {
  if (text === '') return 'none';
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}
