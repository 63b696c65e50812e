// The lane above the plots: strides or repetitions of each side, events with their names, key frames, the loop.

const LANE_ROW_PX = 24;
const LANE_TOP_PX = 16;

class Lane extends Strip {
  constructor(clip, frames, view, canvases) {
    super(frames, view, canvases);
    this.clip = clip;
    this.sides = ["left", "right"].filter((side) => [...clip.cycles, ...clip.events].some((x) => x.side === side));
    canvases.forEach((canvas) => (canvas.style.height = `${this.height}px`));
    canvases[0].parentElement.style.height = `${this.height}px`;
  }

  get height() {
    return LANE_TOP_PX + Math.max(this.sides.length, 1) * LANE_ROW_PX + 2;
  }

  draw(colours, loop) {
    sharpen(this.canvas, (context, width) => {
      context.font = `11px ${colours.font}`;
      context.textBaseline = "middle";
      this.sides.forEach((side, row) => this._row(context, width, colours, side, LANE_TOP_PX + row * LANE_ROW_PX));
      context.save();
      this._clipTo(context, width);
      this._marks(context, width, colours);
      if (loop) this._loop(context, width, colours, loop);
      context.restore();
    });
  }

  _clipTo(context, width) {
    context.beginPath();
    context.rect(MARGIN.left - 5, 0, width - MARGIN.left - MARGIN.right + 10, this.height);
    context.clip();
  }

  _row(context, width, colours, side, top) {
    context.fillStyle = colours[side];
    context.textAlign = "right";
    context.fillText(side, MARGIN.left - 6, top + LANE_ROW_PX / 2);
    context.save();
    this._clipTo(context, width);
    for (const cycle of this.clip.cycles) {
      if (cycle.side === side && this.inSight(cycle.start_s, cycle.end_s)) this._cycle(context, width, colours, cycle, top);
    }
    this._events(context, width, colours, side, top);
    context.restore();
  }

  _cycle(context, width, colours, cycle, top) {
    const [from, to] = [this.x(cycle.start_s, width), this.x(cycle.end_s, width)];
    context.fillStyle = cycle.valid ? colours[cycle.side] : colours.muted;
    context.globalAlpha = cycle.valid ? 0.22 : 0.15;
    context.fillRect(from + 0.5, top + 2, Math.max(to - from - 1, 1), LANE_ROW_PX - 4);
    context.globalAlpha = 1;
    const words = `${cycle.number}${cycle.valid ? "" : " ✕"}`;
    const room = Math.min(to, width - MARGIN.right) - Math.max(from, MARGIN.left);
    if (room < context.measureText(words).width + 4) return;
    context.fillStyle = colours.text;
    context.textAlign = "center";
    const crowded = room > 150; // leave the ends to the names of the events
    context.fillText(crowded ? `${this.clip.cycleWord} ${words}` : words, Math.max(from, MARGIN.left) + room / 2, top + LANE_ROW_PX / 2);
  }

  _events(context, width, colours, side, top) {
    context.textAlign = "left";
    const shown = this.clip.events.filter((e) => e.side === side && e.ticked && this.inSight(e.time_s, e.time_s));
    shown.forEach((event, i) => {
      const x = this.x(event.time_s, width);
      this.rule(context, x, top + 2, top + LANE_ROW_PX - 2, colours[side]);
      const next = shown[i + 1] ? this.x(shown[i + 1].time_s, width) : width - MARGIN.right;
      if (next - x < 2.4 * context.measureText(event.name).width) return;
      context.fillStyle = colours.text;
      context.fillText(event.name, x + 4, top + LANE_ROW_PX / 2);
    });
  }

  _marks(context, width, colours) {
    context.fillStyle = colours.accent;
    for (const { frame } of this.clip.key_frames) {
      const x = this.x(this.frames.times[frame], width);
      context.beginPath();
      context.moveTo(x, 2);
      context.lineTo(x + 5, 8);
      context.lineTo(x, 14);
      context.lineTo(x - 5, 8);
      context.fill();
    }
    for (const { frame } of this.clip.markers) {
      this.rule(context, this.x(this.frames.times[frame], width), 1, LANE_TOP_PX - 1, colours.text);
    }
  }

  _loop(context, width, colours, [first, last]) {
    const [from, to] = [this.x(this.frames.start(first), width), this.x(this.frames.end(last), width)];
    context.strokeStyle = colours.accent;
    context.lineWidth = 2;
    context.strokeRect(from, LANE_TOP_PX + 1, to - from, this.height - LANE_TOP_PX - 3);
    context.lineWidth = 1;
  }

  drawCursor(colours, frame, hover_s) {
    sharpen(this.above, (context, width) => {
      if (hover_s !== null) this.rule(context, this.x(hover_s, width), LANE_TOP_PX, this.height, colours.muted, [3, 3]);
      const time_s = this.frames.times[frame];
      if (this.inSight(time_s, time_s)) this.rule(context, this.x(time_s, width), LANE_TOP_PX, this.height, colours.text);
    });
  }
}
