import type { Plan } from './plan';

/** Which of these plans fail as the one did that is being shrunk. */
export type Fails = (plans: readonly Plan[]) => Promise<boolean[]>;

/** Numbers that may be made smaller, each with its least. Not those that a promise hangs on, such as the stated lag. */
const LEAST: Readonly<Record<string, number>> = {
  atMs: 0,
  calmAtMs: 60_000,
  forMs: 1,
  after: 0,
  count: 1,
  nth: 1,
  lateMs: 0,
  lagMs: 0,
  listLagMs: 0,
  creatingMs: 0,
  terminatingMs: 0,
  latencyMs: 0,
  latencyJitter: 0,
  runningAfterMs: 0,
  retryAfterMs: 0,
};

/**
 * The smallest plan that still fails: first without what isn't needed, claim by claim, then fault by fault; then with smaller numbers. The same failing
 * plan and the same answers lead to the same smallest plan.
 *
 * @param atOnce how many plans are tried together
 * @param limit how many plans are tried in all
 */
export async function shrink(plan: Plan, fails: Fails, { atOnce = 1, limit = 400 } = {}): Promise<Plan> {
  let smallest = plan;
  let tried = 0;
  const smaller = async (candidates: Plan[]): Promise<boolean> => {
    for (let index = 0; index < candidates.length && tried < limit; index += atOnce) {
      const together = candidates.slice(index, index + atOnce);
      tried += together.length;
      const found = together[(await fails(together)).indexOf(true)];
      if (found === undefined) continue;
      smallest = found;
      return true;
    }
    return false;
  };
  // From the top after each success: what was needed before may not be now.
  while ((await smaller(withoutOne(smallest))) || (await smaller(withSmallerNumber(smallest)))) {
    if (tried >= limit) break;
  }
  return smallest;
}

/** The plan without one of its parts, large parts first. */
function withoutOne(plan: Plan): Plan[] {
  const without = (part: 'faults' | 'wire' | 'revoked' | 'scripts' | 'actions' | 'upsets'): Plan[] => {
    const { length } = plan[part];
    const rest = (from: number, count: number): Plan => ({ ...plan, [part]: plan[part].toSpliced(from, count) });
    const half = Math.ceil(length / 2);
    const halves = length > 3 ? [rest(0, half), rest(half, length - half)] : [];
    return [...halves, ...Array.from({ length }, (_, index) => rest(index, 1))];
  };
  const claims = plan.claims.length > 1 ? plan.claims : [];
  return [
    ...claims.map((claim) => ({
      ...plan,
      claims: plan.claims.filter(({ id }) => id !== claim.id),
      actions: plan.actions.filter(({ claim: id }) => id !== claim.id),
    })),
    ...without('faults'),
    ...without('wire'),
    ...without('revoked'),
    ...without('scripts'),
    ...without('actions'),
    ...without('upsets'),
  ];
}

/** The plan with one of its numbers at its least, or halved. */
function withSmallerNumber(plan: Plan): Plan[] {
  return numbersIn(plan).flatMap(({ path, value, least }) =>
    [...new Set([least, Math.floor((value + least) / 2)])]
      .filter((candidate) => candidate < value)
      .map((candidate) => withNumber(plan, path, candidate) as Plan),
  );
}

interface Place {
  path: readonly string[];
  value: number;
  least: number;
}

function numbersIn(value: unknown, path: readonly string[] = []): Place[] {
  if (typeof value !== 'object' || value === null) {
    const least = LEAST[path.at(-1) ?? ''];
    return typeof value === 'number' && Number.isFinite(value) && least !== undefined ? [{ path, value, least }] : [];
  }
  return Object.entries(value).flatMap(([name, of]) => numbersIn(of, [...path, name]));
}

function withNumber(value: unknown, [name, ...rest]: readonly string[], number: number): unknown {
  if (name === undefined) return number;
  const of = (value as Record<string, unknown>)[name];
  const changed = withNumber(of, rest, number);
  if (Array.isArray(value)) return value.map((item: unknown, index) => (String(index) === name ? changed : item));
  return { ...(value as object), [name]: changed };
}
