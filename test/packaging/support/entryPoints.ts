import { read } from '../../docs/markdown';

type Target = string | { types: string; default: string };

const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, Target> };

/** What users may import, by its full name, with the files it leads to from the root of the package. */
export const ENTRY_POINTS: { name: string; types: string; code: string }[] = Object.entries(exports).flatMap(
  ([path, target]) =>
    typeof target === 'string'
      ? []
      : [{ name: path.replace('.', 'podkeeper'), types: target.types, code: target.default }],
);
