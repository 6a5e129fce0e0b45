import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** A Node process that runs a TypeScript file of the tests. */
export interface TypeScriptProcess {
  child: ChildProcessByStdio<Writable, Readable, null>;
  /** The next line that it prints. Rejects when it ends without one. */
  nextLine(): Promise<string>;
  /** Resolves when it has ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts a TypeScript file in a process of its own, for tests of what happens between processes. */
export function startTypeScript(
  file: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): TypeScriptProcess {
  const child = spawn(process.execPath, ['-e', RUN, require.resolve('@swc/core'), file, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment,
  });
  const lines = linesOf(child.stdout);
  return {
    child,
    async nextLine() {
      const { value, done } = await lines.next();
      if (done === true) {
        throw new Error(`${file} ended without printing a line`);
      }
      return value;
    },
    ended: once(child, 'exit').then(([code, signal]) => ({ code, signal })),
  };
}

const RUN = `
const [swc, file, ...args] = process.argv.slice(1);
const { transformFileSync } = require(swc);
require.extensions['.ts'] = (module, path) => {
  const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } };
  module._compile(transformFileSync(path, options).code, path);
};
process.argv.splice(1, process.argv.length - 1, file, ...args);
require(file);
`;

async function* linesOf(stream: Readable): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const parts = `${rest}${String(chunk)}`.split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
