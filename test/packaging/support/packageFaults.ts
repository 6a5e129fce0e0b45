import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ROOT } from '../../docs/markdown';
import { undeclaredImports } from '../../support/undeclaredImports';
import type { Manifest } from '../../support/undeclaredImports';

/** What may not be in the package, each file with what is wrong with it; a package that can be published has none. */
export function packageFaults(directory: string): string[] {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('node_modules') && statSync(join(directory, name)).isFile())
    .toSorted();
  return files.flatMap((file) => {
    const text = readFileSync(join(directory, file), 'utf8');
    return [
      ...nameFaults(file),
      ...placeFaults(text),
      ...mapFaults(directory, file, text),
      ...(isOurCode(file) ? [...importFaults(text, manifest), ...leftovers(file, text)] : []),
    ].map((fault) => `${file}: ${fault}`);
  });
}

const SECRET_FILE = /(^|\/)(\.env|\.npmrc|\.netrc|id_[a-z0-9]+|podkeeper\.yaml|[^/]*\.(pem|key|p12|log|tgz))(\.|$)/;
/** A user's example has tests of its own; the package's own tests stay at home. */
const TEST_FILE = /^(test|bench|coverage|src)\/|^dist\/.*\.test\./;

function nameFaults(file: string): string[] {
  return [
    ...(SECRET_FILE.test(file) ? ['may hold a secret'] : []),
    ...(TEST_FILE.test(file) ? ['is a test or a source'] : []),
    ...(file.includes('tsbuildinfo') ? ['is left over from the build'] : []),
  ];
}

/** The form of private keys and of the providers' API keys. */
const SECRET = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(rpa_[A-Z0-9]{20,}|sk_live_\w{16,}|AKIA[A-Z0-9]{16})\b/;

function placeFaults(text: string): string[] {
  return [
    ...(text.includes(ROOT) ? ['names a path of the machine that built it'] : []),
    ...(SECRET.test(text) ? ['holds what looks like a secret'] : []),
  ];
}

/** A map must lead to what is in the package, or carry its sources. */
function mapFaults(directory: string, file: string, text: string): string[] {
  const [, link] = /^\/\/# sourceMappingURL=(?!data:)(\S+)\s*$/m.exec(text) ?? [];
  if (link !== undefined && !existsSync(resolve(directory, dirname(file), link))) return [`its map ${link} is missing`];
  if (!file.endsWith('.map')) return [];
  const { sources, sourcesContent } = JSON.parse(text) as { sources: string[]; sourcesContent?: unknown[] };
  if (sourcesContent?.length === sources.length) return [];
  return sources
    .filter((source) => {
      const path = resolve(directory, dirname(file), source);
      return !path.startsWith(`${directory}/`) || !existsSync(path);
    })
    .map((source) => `leads to ${source}, which is not in the package`);
}

/** The bundle holds the code of others. */
function isOurCode(file: string): boolean {
  return file.startsWith('dist/') && file.endsWith('.js') && file !== 'dist/workflow-bundle.js';
}

function importFaults(text: string, manifest: Manifest): string[] {
  return undeclaredImports(text, manifest).map((name) => `needs ${name}, which is not among the dependencies`);
}

/** What they print is what their parent process reads. */
const SPEAK_TO_A_PARENT = ['dist/servers/sdkDownload.js'];

function leftovers(file: string, text: string): string[] {
  if (SPEAK_TO_A_PARENT.includes(file)) return [];
  return [...text.matchAll(/\b(console\.(?:log|debug|dir|trace|table)|debugger;)/g)].map(([, word]) => `has a ${word}`);
}
