/** Both clocks of this process, to be moved by hand: time goes on by itself on top of what they were moved. */
export interface Clocks {
  /** Time that passes. ms. */
  pass(ms: number): void;
  /** What a machine that slept, or whose clock was set, shows. ms, negative to set it back. */
  moveWall(ms: number): void;
  /** What a process that was frozen sees of a wall clock that stands still. ms. */
  moveMonotonic(ms: number): void;
}

let held: Clocks | undefined;

/** Takes hold of `Date.now` and `performance.now` until `jest.restoreAllMocks()`. */
export function holdClocks(): Clocks {
  if (held !== undefined && jest.isMockFunction(Date.now)) return held;
  const real = { wall: Date.now.bind(Date), monotonic: performance.now.bind(performance) };
  const moved = { wall: 0, monotonic: 0 };
  jest.spyOn(Date, 'now').mockImplementation(() => real.wall() + moved.wall);
  jest.spyOn(performance, 'now').mockImplementation(() => real.monotonic() + moved.monotonic);
  const moveWall = (ms: number) => void (moved.wall += ms);
  const moveMonotonic = (ms: number) => void (moved.monotonic += ms);
  held = {
    pass: (ms) => {
      moveWall(ms);
      moveMonotonic(ms);
    },
    moveWall,
    moveMonotonic,
  };
  return held;
}
