import { pathToFileURL } from 'node:url';
import type { DataConverter } from '@temporalio/client';
import type { PayloadCodec } from './codecServer';
import { UnreadableAnswer } from '../../client/unreadable';
import { messageOf } from '../../model';
import { invalidUsage } from '../failure';
import type { CliFailure } from '../failure';

/** What a codec module may export, for messages. */
const FORM =
  "it must export 'payloadCodecs' (a list of objects with encode and decode) or 'dataConverter', as a named or the default export";

/**
 * Loads a data converter from the user's module, CommonJS or ES.
 *
 * @throws CliFailure `usage` (`validation`), naming the file.
 */
export async function codecModule(file: string): Promise<DataConverter> {
  let loaded: unknown;
  try {
    loaded = await import(pathToFileURL(file).href);
  } catch (error) {
    throw refused(file, `can't be loaded (${messageOf(error).split('\n')[0]})`, error);
  }
  const converter = converterIn(loaded) ?? converterIn(fieldOf(loaded, 'default'));
  if (converter === undefined) throw refused(file, FORM);
  const { payloadCodecs = [], ...rest } = converter;
  return { ...rest, payloadCodecs: payloadCodecs.map((codec) => withFileInErrors(codec, file)) };
}

function converterIn(exported: unknown): DataConverter | undefined {
  const codecs = fieldOf(exported, 'payloadCodecs') ?? (Array.isArray(exported) ? exported : undefined);
  if (areCodecs(codecs)) return { payloadCodecs: codecs };
  if (isCodec(exported)) return { payloadCodecs: [exported] };
  const converter = fieldOf(exported, 'dataConverter');
  if (typeof converter !== 'object' || converter === null) return undefined;
  const own = fieldOf(converter, 'payloadCodecs');
  return own === undefined || areCodecs(own) ? converter : undefined;
}

function areCodecs(value: unknown): value is PayloadCodec[] {
  return Array.isArray(value) && value.every(isCodec);
}

function isCodec(value: unknown): value is PayloadCodec {
  return typeof fieldOf(value, 'encode') === 'function' && typeof fieldOf(value, 'decode') === 'function';
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Adds the file's name to decode errors. A codec's own message, such as "unable to authenticate data", doesn't say where it comes from. */
function withFileInErrors(codec: PayloadCodec, file: string): PayloadCodec {
  return {
    encode: async (payloads, context) => await codec.encode(payloads, context),
    decode: async (payloads, context) => {
      try {
        return await codec.decode(payloads, context);
      } catch (error) {
        const message = `Temporal's answer can't be decoded by the codec in ${file} (${messageOf(error)}): check the codec's key`;
        throw new UnreadableAnswer(message, error);
      }
    },
  };
}

function refused(file: string, message: string, cause?: unknown): CliFailure {
  return invalidUsage(`--codec-module: ${file}: ${message}`, cause);
}
