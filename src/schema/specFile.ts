import type { PodSpecInput } from '../model';
import type * as fieldChanges from './fieldChanges';
import type { FieldChange } from './fieldChanges';
import type { Path } from './issues';
import { errorOf } from './issues';
import { parseWrittenSpec } from './podSpec';
import type * as yamlFile from './yamlFile';

/**
 * Reads and checks a pod's spec from a YAML or JSON file.
 *
 * @param file its path; `-` reads standard input
 * @param changes values that replace those of the file. Default: none
 * @returns the spec as it is written, not completed
 * @throws PodkeeperError `validation` or `unsupported`; each wrong field is named with `<file>:<line>`, or with the source of its change
 */
export function loadSpecFile(file: string, changes: readonly FieldChange[] = []): PodSpecInput {
  // With yaml, which an application that passes objects doesn't need.
  /* oxlint-disable typescript/no-unsafe-type-assertion -- `require` has no types of its own */
  const { changeAt, withChanges } = require('./fieldChanges') as typeof fieldChanges;
  const { readYamlFile } = require('./yamlFile') as typeof yamlFile;
  /* oxlint-enable typescript/no-unsafe-type-assertion */
  const { data: written, locate } = readYamlFile(file);
  const place = (path: Path) => changeAt(path, changes)?.from ?? locate(path);
  const { data, issues } = withChanges(written, changes);
  if (issues.length > 0) throw errorOf('spec', issues, place);
  parseWrittenSpec(data, place);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a spec that was checked has this type
  return data as PodSpecInput;
}
