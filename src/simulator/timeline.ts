interface Planned {
  at: number;
  apply: (at: number) => void;
}

/** Planned events. There are no timers: due events are applied on the next read, each with its planned time. */
export class Timeline {
  private planned: Planned[] = [];

  /** Plans an event. Events at the same time are applied in the order in which they were planned. */
  plan(at: number, apply: (at: number) => void): void {
    const place = this.planned.findIndex((other) => other.at > at);
    this.planned.splice(place === -1 ? this.planned.length : place, 0, { at, apply });
  }

  /** Applies all events that are due, in order, including those that they plan. */
  applyUntil(now: number): void {
    for (let next = this.planned[0]; next !== undefined && next.at <= now; next = this.planned[0]) {
      this.planned.shift();
      next.apply(next.at);
    }
  }
}
