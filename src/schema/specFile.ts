import type { PodSpecInput } from './podSpec';
import { parseWrittenSpec } from './podSpec';
import { readYamlFile } from './yamlFile';

/**
 * Reads a pod's spec from a YAML or JSON file, and checks it.
 *
 * @returns the spec as it is written there
 * @throws PodkeeperError `validation` or `unsupported`; each wrong field is named with `<file>:<line>`
 */
export function loadSpecFile(file: string): PodSpecInput {
  const { data, locate } = readYamlFile(file);
  parseWrittenSpec(data, locate);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a spec that was checked has this type
  return data as PodSpecInput;
}
