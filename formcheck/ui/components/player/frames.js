// The frames of a clip: which one is shown at a moment of the video, and the moment that surely shows a frame.

class Frames {
  // times: seconds of every frame, increasing.
  constructor(times) {
    this.times = times;
    this.count = times.length;
    const steps = times.slice(1).map((t, i) => t - times[i]);
    this.shortest_s = steps.length ? Math.min(...chunkMinima(steps)) : 1 / 30;
    this.lastStep_s = steps.length ? steps[steps.length - 1] : 1 / 30;
  }

  clamp(index) {
    return Math.max(0, Math.min(this.count - 1, Math.round(index)));
  }

  start(index) {
    return this.times[index];
  }

  end(index) {
    return index + 1 < this.count ? this.times[index + 1] : this.times[index] + this.lastStep_s;
  }

  // Halfway through a frame's time, so that rounding cannot land on its neighbour.
  middle(index) {
    return 0.5 * (this.start(index) + this.end(index));
  }

  // The last frame that starts at or before a moment.
  at(time_s) {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const half = (low + high) >> 1;
      if (this.times[half] <= time_s) low = half + 1;
      else high = half;
    }
    return Math.max(low - 1, 0);
  }

  // The frame that starts nearest to a moment: for the start times that the browser tells, which are rounded.
  nearest(time_s) {
    const index = this.at(time_s);
    const next = Math.min(index + 1, this.count - 1);
    return this.times[next] - time_s < time_s - this.times[index] ? next : index;
  }
}

// Minima of long lists piece by piece: a call takes only so many arguments.
function chunkMinima(values) {
  const minima = [];
  for (let i = 0; i < values.length; i += 10000) minima.push(Math.min(...values.slice(i, i + 10000)));
  return minima;
}

function clock(time_s, decimals = 2) {
  const minutes = Math.floor(time_s / 60);
  const seconds = (time_s - 60 * minutes).toFixed(decimals);
  return `${minutes}:${seconds.padStart(decimals ? decimals + 3 : 2, "0")}`;
}

// An angle in words, as everywhere else: 12° in, 3° out, −4°.
function angleText(value, [positive, negative]) {
  if (value === null || value === undefined) return "–";
  const shown = Math.round(negative ? Math.abs(value) : value);
  const word = shown === 0 ? "" : value > 0 ? positive : negative;
  return `${shown < 0 ? "−" : ""}${Math.abs(shown)}°${word ? ` ${word}` : ""}`;
}
