import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rcompare, satisfies } from 'semver';
import { PodkeeperError } from './model';

/** What this package's `package.json` says, as far as the code asks. */
interface Manifest {
  version: string;
  /** Ranges by package. */
  peerDependencies: Readonly<Record<string, string>>;
}

/** Packages of Temporal's SDK by their full names, with their versions. */
export type InstalledPackages = readonly (readonly [name: string, version: string])[];

/** The version of this package; `unknown` in an application that was bundled into one file. */
export function packageVersion(): string {
  return manifest()?.version ?? 'unknown';
}

/** The version of a package of Temporal's SDK; `undefined` where it isn't installed: some are needed by workers and tests only. */
export function sdkVersion(name: string): string | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `require` has no types of its own; a package has a version
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/**
 * Refuses an SDK that Podkeeper doesn't work with, before the first call. Releases of the SDK's packages don't mix: they fail later, with errors
 * that name no version (`Cannot read private member`, TypeScript's TS2322). Says nothing where versions can't be read, as in a bundled application.
 *
 * @param installed default: what this installation loads, of the packages that `package.json` names as peers
 * @throws PodkeeperError `validation` where two packages differ in version, or one is outside the range of `package.json`.
 */
export function refuseUnfitSdk(installed: InstalledPackages = installedSdk()): void {
  const [newest, ...others] = [...new Set(installed.map(([, version]) => version))].toSorted(rcompare);
  if (newest === undefined) return;
  const install = (version: string) => `npm install ${installed.map(([name]) => `${name}@${version}`).join(' ')}`;
  if (others.length > 0) {
    const found = installed.map(([name, version]) => `${name} ${version}`).join(', ');
    throw new PodkeeperError(
      'validation',
      `the packages of Temporal's SDK differ in version (${found}): install one version of all, for instance ${install(newest)}`,
    );
  }
  const range = sdkRange();
  if (satisfies(newest, range, { includePrerelease: true })) return;
  throw new PodkeeperError(
    'validation',
    `Temporal's SDK has version ${newest}, and Podkeeper works with ${range}: ${install(`"${range}"`)}`,
  );
}

/** @throws PodkeeperError `validation` where the packages that a worker needs, and an application doesn't, are not installed. */
export function requireWorkerSdk(): void {
  const missing = WORKER_PACKAGES.filter((name) => sdkVersion(name) === undefined);
  if (missing.length > 0) throw notInstalled(missing);
}

/** The error that `require` of a package of Temporal's SDK threw, as one that says what to install; `undefined` for any other error. */
export function missingSdkPackage(error: unknown): PodkeeperError | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'MODULE_NOT_FOUND') return undefined;
  const [, name] = /^Cannot find module '(@temporalio\/[^/']+)/.exec(error.message) ?? [];
  if (name === undefined) return undefined;
  return notInstalled([...new Set([name, ...WORKER_PACKAGES])].filter((each) => sdkVersion(each) === undefined));
}

const WORKER_PACKAGES = ['@temporalio/worker', '@temporalio/activity'];

/** They have to be of the client's version. */
function notInstalled(names: readonly string[]): PodkeeperError {
  const version = sdkVersion('@temporalio/client') ?? `"${sdkRange()}"`;
  const install = names.map((name) => `${name}@${version}`).join(' ');
  return new PodkeeperError(
    'validation',
    `this needs ${names.join(' and ')}, which an application doesn't: npm install ${install}`,
  );
}

/** Which releases of Temporal's SDK Podkeeper works with; all of its packages are released together. */
export function sdkRange(): string {
  return manifest()?.peerDependencies['@temporalio/client'] ?? '*';
}

function installedSdk(): InstalledPackages {
  const names = Object.keys(manifest()?.peerDependencies ?? {}).filter((name) => name.startsWith('@temporalio/'));
  return names.flatMap((name) => {
    const version = sdkVersion(name);
    return version === undefined ? [] : [[name, version] as const];
  });
}

/** The directory of this package. */
export function packageDirectory(): string {
  return dirname(findManifest() ?? __filename);
}

/** `undefined` in an application that was bundled into one file: the nearest package.json above is its own then. */
function manifest(): Manifest | undefined {
  const file = findManifest();
  if (file === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each field is checked or has a default
  const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Manifest> & { name?: string };
  if (read.name !== 'podkeeper' || read.version === undefined) return undefined;
  return { version: read.version, peerDependencies: read.peerDependencies ?? {} };
}

function findManifest(): string | undefined {
  for (let directory = __dirname; directory !== dirname(directory); directory = dirname(directory)) {
    const file = join(directory, 'package.json');
    if (existsSync(file)) return file;
  }
  return undefined;
}
