import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
// Without its other functions: every command starts with this file.
import rcompare from 'semver/functions/rcompare';
import satisfies from 'semver/functions/satisfies';
import { PodkeeperError } from './model';

/** The fields of this package's `package.json` that the code reads. */
interface Manifest {
  version: string;
  /** Version ranges by package name. */
  peerDependencies: Readonly<Record<string, string>>;
}

/** Packages of Temporal's SDK: full names with versions. */
export type InstalledPackages = readonly (readonly [name: string, version: string])[];

/** This package's version; `unknown` in an application that was bundled into one file. */
export function packageVersion(): string {
  return manifest()?.version ?? 'unknown';
}

/** The version of an SDK package; `undefined` where it isn't installed. Some are needed only by workers and tests. */
export function sdkVersion(name: string): string | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `require` has no types of its own; a package has a version
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/**
 * Refuses an SDK that Podkeeper doesn't work with, before the first call. SDK packages of different versions fail later, with errors that
 * name no version (`Cannot read private member`, TypeScript's TS2322). Does nothing where versions can't be read, as in a bundled
 * application.
 *
 * @param installed default: the installed packages among the peers in `package.json`
 * @throws PodkeeperError `validation` when two packages differ in version, or one is outside the range of `package.json`
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

/** @throws PodkeeperError `validation` when packages that only a worker needs are not installed */
export function requireWorkerSdk(): void {
  const missing = WORKER_PACKAGES.filter((name) => sdkVersion(name) === undefined);
  if (missing.length > 0) throw notInstalled(missing);
}

/** Turns the error that `require` threw for an SDK package into one that says what to install; `undefined` for any other error. */
export function missingSdkPackage(error: unknown): PodkeeperError | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'MODULE_NOT_FOUND') return undefined;
  const [, name] = /^Cannot find module '(@temporalio\/[^/']+)/.exec(error.message) ?? [];
  if (name === undefined) return undefined;
  return notInstalled([...new Set([name, ...WORKER_PACKAGES])].filter((each) => sdkVersion(each) === undefined));
}

const WORKER_PACKAGES = ['@temporalio/worker', '@temporalio/activity'];

/** They need the client's version. */
function notInstalled(names: readonly string[]): PodkeeperError {
  const version = sdkVersion('@temporalio/client') ?? `"${sdkRange()}"`;
  const install = names.map((name) => `${name}@${version}`).join(' ');
  return new PodkeeperError(
    'validation',
    `this needs ${names.join(' and ')}, which an application doesn't: npm install ${install}`,
  );
}

/** The SDK versions that Podkeeper works with. All SDK packages are released together. */
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

/** `undefined` in an application that was bundled into one file, where the nearest package.json is the application's. */
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
