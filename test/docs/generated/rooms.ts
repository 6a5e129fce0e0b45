import { readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { read, ROOT } from '../markdown';
import { code, table } from './table';

/** What is in each room; what it imports is read from its files. */
const ROOMS: Readonly<Record<string, string>> = {
  model: 'types, names, durations, settings, the phases, the table of errors; pure functions',
  schema: 'what comes from outside becomes model: specs, configuration',
  http: 'requests and probes',
  simulator: 'a pretend cloud: states, market, faults, ledger, clock',
  providers: 'the contract, and a folder for each cloud; works without Temporal',
  auth: "pods' tokens and signed URLs; also runs inside pods",
  accounts: 'what a worker holds for an account: lanes, limits, the shared list',
  activities: 'provider calls as Temporal activities: one call, its outcome classified',
  workflows: 'deterministic code only: intent, timers, decisions',
  client: 'what application code holds',
  reaper: 'the second line as Temporal sees it: schedule, owners, sweeps',
  doctor: 'which protections hold: facts asked of Temporal and the workers, and a judge for each subject',
  guards: 'what a worker looks at when it starts',
  'worker.ts': 'composes accounts, activities and workflows into Temporal workers',
  servers: "finds, installs and starts Temporal's servers",
  testing: "for tests of applications: a Podkeeper in virtual time, the conformance suite, a fake of RunPod's wire",
  cli: 'the command line',
  'index.ts': 'what an application imports as `podkeeper`',
};

/** The versions that are installed, of this package and of the SDK, for several rooms: no room of its own. */
const NO_ROOM = 'installation.ts';

/** Which rooms, and which packages, each room imports. */
interface Imports {
  rooms: Set<string>;
  packages: Set<string>;
}

/** Each room with what it imports. */
export function roomImports(): Map<string, Imports> {
  const rooms = new Map<string, Imports>();
  for (const file of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const [room = ''] = file.split('/');
    if (room === NO_ROOM) continue;
    if (!Object.hasOwn(ROOMS, room))
      throw new Error(`src/${room} is in no room: say in test/docs/generated/rooms.ts what it is`);
    const imports = rooms.get(room) ?? { rooms: new Set(), packages: new Set() };
    rooms.set(room, imports);
    for (const [, path = ''] of read(join('src', file)).matchAll(
      /(?:^(?:import|export) .*from |^import |^\} from |\bimport\()'([^']+)'/gm,
    )) {
      if (!path.startsWith('.')) imports.packages.add(packageOf(path));
      else if (roomOf(file, path) !== room) imports.rooms.add(roomOf(file, path));
    }
    imports.rooms.delete(NO_ROOM);
  }
  return new Map(
    Object.keys(ROOMS).map((room) => [room, rooms.get(room) ?? { rooms: new Set(), packages: new Set() }]),
  );
}

function roomOf(file: string, path: string): string {
  const [room = ''] = normalize(join(dirname(file), path)).split('/');
  return Object.hasOwn(ROOMS, room) ? room : `${room === '.' ? 'index' : room}.ts`;
}

function packageOf(path: string): string {
  if (path.startsWith('node:')) return path === 'node:crypto' ? path : 'Node';
  return /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path;
}

/** What is in each room, and what it imports. */
export function roomTable(): string {
  const rows = [...roomImports()].map(([room, { rooms, packages }]) => [
    code(`src/${room}`),
    ROOMS[room] ?? '',
    [...rooms].toSorted(inOrder).map(code).join(', '),
    packagesOf(packages),
  ]);
  return table(['room', 'what is in it', 'imports', 'from outside'], rows);
}

function inOrder(one: string, other: string): number {
  const order = Object.keys(ROOMS);
  return order.indexOf(one) - order.indexOf(other);
}

function packagesOf(packages: ReadonlySet<string>): string {
  // Who has all of Node has its cryptography, too.
  const named = [...packages].filter((name) => name !== 'node:crypto' || !packages.has('Node'));
  return named.length === 0
    ? 'nothing'
    : named
        .toSorted()
        .map((name) => (name === 'Node' ? name : code(name)))
        .join(', ');
}

/**
 * Which room imports which, as a Mermaid diagram. Without the model, which all import, and without an arrow where a longer way leads to the same
 * room: the rest would be a tangle.
 */
export function roomDiagram(): string {
  const imports = new Map(
    [...roomImports()]
      .filter(([room]) => room !== 'model')
      .map(([room, { rooms }]) => [room, [...rooms].filter((other) => other !== 'model')]),
  );
  const reaches = (from: string, to: string): boolean =>
    (imports.get(from) ?? []).some((next) => next === to || reaches(next, to));
  const arrows = [...imports].flatMap(([from, rooms]) =>
    rooms
      .toSorted(inOrder)
      .filter((to) => !rooms.some((other) => other !== to && reaches(other, to)))
      .map((to) => `  ${nodeOf(from)} --> ${nodeOf(to)}`),
  );
  return ['```mermaid', 'flowchart TD', ...arrows, '```'].join('\n');
}

/** A name with a dot is a label in Mermaid. */
function nodeOf(room: string): string {
  return room.endsWith('.ts') ? `${room.replace('.ts', '')}["${room}"]` : room;
}
