import { messageOf } from '../model';
import type { Tools } from './installer';

const LIMIT_MS = 30_000;

/**
 * The version of the server inside a Temporal CLI, for instance `1.29.1`; undefined where it names none.
 * Rejects when the executable isn't a Temporal CLI. A CLI built by Go says nothing useful about its own version.
 */
export async function serverVersionOfCli(path: string, tools: Tools): Promise<string | undefined> {
  let output: string;
  try {
    output = await tools.run(path, ['--version'], { environment: tools.environment, limitMs: LIMIT_MS });
  } catch (error) {
    throw new Error(`"${path} --version" failed: ${messageOf(error)}`, { cause: error });
  }
  if (!/^temporal version /m.test(output)) {
    throw new Error(`"${path} --version" doesn't answer like the Temporal CLI`);
  }
  return /\(Server ([^,)]+)/.exec(output)?.[1];
}
