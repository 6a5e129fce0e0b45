import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Half, Place, Role, Side } from './crashPoint';

/** What each scenario reached when it was last recorded, by name, role and point; moments as in {@link momentOf}. */
type Recording = Record<string, Partial<Record<Role, Record<string, string>>>>;

const PATH = join(__dirname, 'recording.json');
const SIDES = { b: 'before', a: 'after' } as const satisfies Record<string, Side>;
const HALVES = { 1: 'first', 2: 'second' } as const satisfies Record<string, Half>;

/** The places of each scenario in the committed recording, by the scenario's name. */
export function readRecording(): Map<string, Place[]> {
  const recording = JSON.parse(readFileSync(PATH, 'utf8')) as Recording;
  return new Map(Object.entries(recording).map(([name, roles]) => [name, placesOf(roles)]));
}

/** Writes the recording, to be committed. */
export function writeRecording(scenarios: readonly { name: string; places: readonly Place[] }[]): void {
  const recording: Recording = {};
  for (const { name, places } of scenarios) {
    const roles: Recording[string] = {};
    for (const place of places.toSorted(byPoint)) {
      const points = (roles[place.role] ??= {});
      const others = points[place.point];
      points[place.point] = others === undefined ? momentOf(place) : `${others} ${momentOf(place)}`;
    }
    recording[name] = roles;
  }
  writeFileSync(PATH, `${JSON.stringify(recording, null, 2)}\n`);
}

function placesOf(roles: Recording[string]): Place[] {
  return Object.entries(roles).flatMap(([role, points]) =>
    Object.entries(points).flatMap(([point, moments]) =>
      moments.split(' ').map((moment): Place => {
        const [side, half] = moment as unknown as [keyof typeof SIDES, keyof typeof HALVES];
        return { role: role as Role, point, side: SIDES[side], half: HALVES[half] };
      }),
    ),
  );
}

/** `b1`: before, in the first half. `a2`: after, in the second. */
function momentOf({ side, half }: Place): string {
  return `${side === 'before' ? 'b' : 'a'}${half === 'first' ? 1 : 2}`;
}

/** A fixed order, so that a diff shows only what has changed. */
function byPoint(one: Place, other: Place): number {
  const key = (place: Place) => `${place.role} ${place.point} ${momentOf(place)}`;
  return key(one) < key(other) ? -1 : 1;
}
