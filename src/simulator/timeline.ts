interface Planned {
  at: number;
  happen: (at: number) => void;
}

/** What is going to happen, and when. Nothing waits: it happens when somebody looks, at the moment it was planned for. */
export class Timeline {
  private planned: Planned[] = [];

  /** Of what is planned for the same moment, the first planned happens first. */
  plan(at: number, happen: (at: number) => void): void {
    const place = this.planned.findIndex((other) => other.at > at);
    this.planned.splice(place === -1 ? this.planned.length : place, 0, { at, happen });
  }

  /** Lets all happen that is due by then, in order, with what follows from it. */
  passUntil(now: number): void {
    for (let next = this.planned[0]; next !== undefined && next.at <= now; next = this.planned[0]) {
      this.planned.shift();
      next.happen(next.at);
    }
  }
}
