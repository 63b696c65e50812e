// The cycles of one clip as a scale that clips of any speed share: place 2.25 is a quarter of the way through the third.

class Steps {
  // cycles: with start_s and end_s, not empty.
  constructor(cycles) {
    this.cycles = [...cycles].sort((a, b) => a.start_s - b.start_s);
    this.count = this.cycles.length;
  }

  // The number of the cycle (from 0) and the share of it, 0 to 1; the very end belongs to the last cycle.
  split(place) {
    const held = Math.min(Math.max(place, 0), this.count);
    const n = Math.min(Math.floor(held), this.count - 1);
    return [n, held - n];
  }

  cycle(place) {
    return this.cycles[this.split(place)[0]];
  }

  length(place) {
    const { start_s, end_s } = this.cycle(place);
    return end_s - start_s;
  }

  time(place) {
    const [n, share] = this.split(place);
    const { start_s, end_s } = this.cycles[n];
    return start_s + share * (end_s - start_s);
  }
}

// How far a moment of real time moves on the common scale, and how fast each clip has to play for that: both give way
// to the mean length of their two cycles.
function pace(place, one, other) {
  const lengths = [one.length(place), other.length(place)];
  const mean_s = 0.5 * (lengths[0] + lengths[1]);
  return { perSecond: 1 / mean_s, rates: lengths.map((length) => length / mean_s) };
}

// A step of so many percent lands on whole ones, so that stepping there and back ends where it began.
function stepped(place, percent, count) {
  const step = Math.abs(percent) / 100;
  const moved = percent > 0 ? Math.floor(place / step + 1 + 1e-6) * step : Math.ceil(place / step - 1 - 1e-6) * step;
  return Math.min(Math.max(Number(moved.toFixed(6)), 0), count);
}
