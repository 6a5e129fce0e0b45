/**
 * What the package offers, as text: api/<entry point>.api.md, made by API Extractor from the build's declarations. A change of a name, a type or an option
 * that users can reach is a change of these files, to be seen in review.
 *
 *   node scripts/apiReport.mjs            writes them
 *   node scripts/apiReport.mjs --check    fails when they are not those of the build
 *
 * Both fail on what is public without a doc comment, and on a type that stands in a public signature but that users can't import.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const { CompilerState, Extractor, ExtractorConfig } = createRequire(import.meta.url)('@microsoft/api-extractor');

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORTS = join(ROOT, 'api');

/** Named in public signatures, and not for users: what stands in the reports all the same, and why that is enough. */
const NOT_FOR_USERS = {
  podSpecSchema: 'PodSpecInput is inferred from it; the schema itself, exported, would make zod a part of the API',
  ClaimState: 'a run hands it to its continuation; nobody else writes one',
  ClientTime: 'of an internal constructor: KeepAlive is made by PodHandle',
  Sleep: 'of ClientTime',
  LANES: 'Lane is inferred from it',
  Door: 'of a constructor that nobody can call: WireFaults is exported as a type only',
};

const isCheck = process.argv.includes('--check');
const scratch = mkdtempSync(join(tmpdir(), 'podkeeper-api-'));
const faults = [];
try {
  const reports = isCheck ? join(scratch, 'api') : REPORTS;
  const extracted = extractAll(entryPoints(), reports);
  faults.push(...undocumented(extracted), ...unreachable(extracted, reports));
  if (isCheck) faults.push(...stale(reports));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

/** By the names of their reports: the declarations that package.json names. */
function entryPoints() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.entries(exports).flatMap(([path, { types }]) => {
    if (types === undefined) return [];
    const declarations = join(ROOT, types);
    if (!existsSync(declarations)) throw new Error(`${types} is missing: run npm run build first`);
    return [{ name: path === '.' ? 'podkeeper' : path.slice('./'.length), declarations }];
  });
}

/** Writes the report of each entry point; what API Extractor has to say of all of them. */
function extractAll(entries, reports) {
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const configs = entries.map((entry) => configFor(entry, reports));
  const additionalEntryPoints = entries.map(({ declarations }) => declarations);
  const compilerState = CompilerState.create(configs[0], { additionalEntryPoints });
  const messages = new Map();
  for (const config of configs) {
    Extractor.invoke(config, {
      compilerState,
      localBuild: true,
      messageCallback(message) {
        message.handled = true;
        if (message.category === 'Compiler' && message.logLevel === 'error') throw new Error(message.formatMessage());
        messages.set(
          `${message.messageId} ${message.sourceFilePath}:${message.sourceFileLine} ${message.text}`,
          message,
        );
      },
    });
  }
  return [...messages.values()];
}

function configFor({ name, declarations }, reports) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      compiler: {
        // It reads declarations only, with a compiler of its own: ours has no API for it.
        overrideTsconfig: {
          extends: join(ROOT, 'tsconfig.json'),
          compilerOptions: { paths: {}, noEmit: true },
          files: [declarations],
        },
      },
      apiReport: {
        enabled: true,
        reportFolder: reports,
        reportTempFolder: join(scratch, 'temporary'),
        reportFileName: `${name}.api.md`,
        // The root's report stands for itself. The others name its types; repeated there, one change would be shown many times.
        includeForgottenExports: name === 'podkeeper',
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: {
          default: { logLevel: 'none' },
          'ae-undocumented': { logLevel: 'warning' },
          'ae-forgotten-export': { logLevel: 'warning' },
        },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
  });
}

/** Less the fields that tell the members of a union apart, `kind: 'slow'`: what they mean is said of the type. */
function undocumented(messages) {
  return messages
    .filter(({ messageId }) => messageId === 'ae-undocumented')
    .filter(({ sourceFilePath, sourceFileLine }) => {
      const line = readFileSync(sourceFilePath, 'utf8').split('\n')[sourceFileLine - 1] ?? '';
      return !/^\s+\w+: '\w+';$/.test(line);
    })
    .map(({ sourceFilePath, sourceFileLine, text }) => {
      const [, name] = /"(.*)"/.exec(text) ?? [];
      return `${sourceOf(sourceFilePath)}: ${name} (${relative(ROOT, sourceFilePath)}:${sourceFileLine}) is public and has no doc comment: say what it is, in which unit, and what it is by default`;
    });
}

/** Types in public signatures that no entry point exports: their users can neither name them, nor see in a report that they change. */
function unreachable(messages, reports) {
  const exported = new Set(
    readdirSync(reports).flatMap((file) =>
      [...readFileSync(join(reports, file), 'utf8').matchAll(/^export (?:abstract )?[a-z]+ (\w+)/gm)].map(
        ([, name]) => name,
      ),
    ),
  );
  return messages
    .filter(({ messageId }) => messageId === 'ae-forgotten-export')
    .map(({ sourceFilePath, text }) => ({ file: sourceOf(sourceFilePath), name: /"(\w+)"/.exec(text)?.[1] ?? text }))
    .filter(({ name }) => !exported.has(name) && !Object.hasOwn(NOT_FOR_USERS, name))
    .map(({ file, name }) => `${file}: ${name} stands in a public signature, and no entry point exports it`);
}

function sourceOf(declarations) {
  return relative(ROOT, declarations ?? '')
    .replace(/^dist\//, 'src/')
    .replace(/\.d\.ts$/, '.ts');
}

function stale(fresh) {
  const names = new Set([fresh, REPORTS].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : [])));
  return [...names].flatMap((name) => {
    const texts = [REPORTS, fresh].map((folder) => textOf(join(folder, name)));
    if (texts[0] === texts[1]) return [];
    return [
      `api/${name} is not what the build offers: run 'npm run api', and commit what then has changed if it was meant to.\n${difference(join(REPORTS, name), join(fresh, name))}`,
    ];
  });
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** The changed lines; the whole can be seen after `npm run api`. */
function difference(before, after) {
  const [from, to] = [before, after].map((file) => (existsSync(file) ? file : '/dev/null'));
  try {
    execFileSync('git', ['diff', '--no-index', '--no-color', '--unified=0', from, to], { encoding: 'utf8' });
    return '';
  } catch ({ stdout = '' }) {
    return stdout
      .split('\n')
      .filter((line) => /^[-+](?![-+])/.test(line))
      .slice(0, 20)
      .map((line) => `    ${line}`)
      .join('\n');
  }
}
