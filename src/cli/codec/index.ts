import { resolve } from 'node:path';
import type { DataConverter } from '@temporalio/client';
import type { Surroundings } from '../output';
import type { Target, TargetOptions } from '../target';
import { codecModule } from './codecModule';
import { codecServer } from './codecServer';
import { invalidUsage } from '../failure';

/**
 * The data converter that commands and workers share with the application: from a module or a codec server. Options override environment variables, which
 * override the configuration file.
 *
 * @returns `undefined` if none is configured; payloads are plain then.
 * @throws CliFailure, PodkeeperError `validation`
 */
export async function dataConverterOf(
  options: TargetOptions,
  { configuration, namespace }: Pick<Target, 'configuration' | 'namespace'>,
  { env, cwd }: Pick<Surroundings, 'env' | 'cwd'>,
): Promise<DataConverter | undefined> {
  const { module, endpoint } = chosen(
    { module: options.codecModule, endpoint: options.codecEndpoint },
    { module: stated(env['PODKEEPER_CODEC_MODULE']), endpoint: stated(env['TEMPORAL_CODEC_ENDPOINT']) },
    configuration.codec ?? {},
  );
  if (module !== undefined) return await codecModule(resolve(cwd, module));
  if (endpoint === undefined) return undefined;
  const auth = options.codecAuth ?? stated(env['TEMPORAL_CODEC_AUTH']);
  return { payloadCodecs: [codecServer({ endpoint, namespace, auth, environment: env })] };
}

interface Codec {
  module?: string | undefined;
  endpoint?: string | undefined;
}

/** The first source that names a codec. */
function chosen(...sources: Codec[]): Codec {
  const found = sources.find(({ module, endpoint }) => module !== undefined || endpoint !== undefined) ?? {};
  if (found.module === undefined || found.endpoint === undefined) return found;
  throw invalidUsage('codec: a module and an endpoint are both set, but only one can be used: remove one of them');
}

function stated(variable: string | undefined): string | undefined {
  return variable === undefined || variable.trim() === '' ? undefined : variable.trim();
}
