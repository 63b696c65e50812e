// Landmarks: shown on the frame, dragged, and how their neighbours in time would follow before it is accepted.

const SHOWN = [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32];
const SIDE_INKS = { left: "#5cc8ff", right: "#ffb454" };

class Joints {
  constructor(desk) {
    this.desk = desk;
    this.span_s = 0.12;
    this.offer = null; // { landmark, frame, x, y }
    this.reach = html("input", { type: "range", min: 0, max: 0.5, step: 0.02, value: this.span_s, "aria-label": "Seconds before and after that follow" });
    this.reach.oninput = () => {
      this.span_s = Number(this.reach.value);
      this.tell();
      this.desk.show();
    };
    this.accept = html("button", { type: "button", class: "first", "data-act": "accept" }, "Accept");
    this.back = html("button", { type: "button", "data-act": "back" }, "Put it back");
    this.accept.onclick = () => this._accept();
    this.back.onclick = () => this._drop();
    this.told = html("span", { class: "muted" });
    this.bar = html("div", { class: "bar" }, html("label", { class: "reach" }, "Neighbours follow for ", this.told, this.reach), html("div", { class: "row" }, this.accept, this.back));
  }

  async enter() {
    this.desk.grip(false);
    this.desk.say("Stop at the frame, then drag a point to where it belongs.");
    if (!this.known) {
      try {
        const answer = await fetch(this.desk.data.landmarks);
        if (!answer.ok) throw new Error(answer.status);
        this.known = await answer.json();
      } catch {
        this.desk.say("The landmarks could not be loaded. Is formcheck still running?");
        return;
      }
    }
    this.desk.show();
  }

  leave() {
    this.offer = null;
  }

  raw(frame, i) {
    const row = this.known.tenths_px[frame];
    const [x, y] = [row[2 * i], row[2 * i + 1]];
    return x === null || y === null ? null : [x / 10, y / 10];
  }

  pull(frame, at, span_s) {
    const { times } = this.desk.frames;
    const away = Math.abs(times[frame] - times[at]);
    if (span_s <= 0) return frame === at ? 1 : 0;
    return away < span_s ? 0.5 * (1 + Math.cos((Math.PI * away) / span_s)) : 0;
  }

  // Where a landmark is on a frame with the moves that hold, and with the one on offer if so asked.
  place(frame, i, offered = true) {
    const name = this.known.names[i];
    const moves = this.desk.data.moves.filter((move) => move.landmark === name);
    if (offered && this.offer?.landmark === name) moves.push({ frame: this.offer.frame, x_px: this.offer.x, y_px: this.offer.y, span_s: this.span_s });
    const after = (frame_, count) => {
      let at = this.raw(frame_, i);
      for (const [n, move] of moves.slice(0, count).entries()) {
        if (move.frame === frame_) at = [move.x_px, move.y_px];
        else if (at) {
          const weight = this.pull(frame_, move.frame, move.span_s);
          const was = weight > 0 ? after(move.frame, n) : null;
          if (was) at = [at[0] + weight * (move.x_px - was[0]), at[1] + weight * (move.y_px - was[1])];
        }
      }
      return at;
    };
    return after(frame, moves.length);
  }

  down(point, event) {
    if (!this.known || !event.target.closest("[data-joint]")) return;
    // Handles overlap where the feet cross: the landmark nearest to the pointer is meant.
    const places = SHOWN.map((i) => [i, this.place(this.desk.frame, i)]).filter(([, place]) => place);
    this.held = places.reduce((best, one) => (far(one[1], point) < far(best[1], point) ? one : best))[0];
    this.desk.hold();
    this.move(point);
  }

  move(point) {
    if (this.held === undefined || this.held === null) return;
    this.offer = { landmark: this.known.names[this.held], index: this.held, frame: this.desk.frame, x: point[0], y: point[1] };
    this.tell();
    this.desk.show();
  }

  up() {
    this.held = null;
    this.desk.show();
  }

  tell() {
    if (!this.offer) return;
    const { frame, index, landmark } = this.offer;
    const was = this.place(frame, index, false);
    const { times } = this.desk.frames;
    const follow = times.filter((time, i) => i !== frame && Math.abs(time - times[frame]) < this.span_s).length;
    const moved = was ? `moved by ${Math.round(far(was, [this.offer.x, this.offer.y]))} pixels` : "put in its place";
    this.desk.say(`${capitalised(landmark.replaceAll("_", " "))} ${moved}; ${follow} frames beside this one follow. Step through them to see, then accept.`);
  }

  _accept() {
    const { frame, landmark, x, y } = this.offer;
    const edit = { kind: "move_landmark", frame, landmark, x_px: Math.round(x * 10) / 10, y_px: Math.round(y * 10) / 10, span_s: this.span_s };
    this.desk.data.moves.push(edit);
    this.offer = null;
    this.desk.send({ op: "correct", edit });
    this.desk.say("Assessing again …");
    this.desk.show();
  }

  _drop() {
    this.offer = null;
    this.desk.say("Put back.");
    this.desk.show();
  }

  key(event) {
    if (event.key !== "Escape" || !this.offer) return false;
    this._drop();
    return true;
  }

  over(_box, unit) {
    this.accept.disabled = this.back.disabled = !this.offer;
    this.told.textContent = `${this.span_s.toFixed(2)} s before and after`;
    if (!this.known || this.desk.playing) return [];
    const { frame } = this.desk;
    const places = this.known.names.map((_, i) => this.place(frame, i));
    const bones = this.known.bones.filter(([a, b]) => places[a] && places[b]).map(([a, b]) => {
      const [[x1, y1], [x2, y2]] = [places[a], places[b]];
      return svg("line", { x1, y1, x2, y2, stroke: "#ffffffcc", "stroke-width": 1.5 * unit });
    });
    const joints = SHOWN.filter((i) => places[i]).map((i) => {
      const name = this.known.names[i].replaceAll("_", " ");
      const ink = SIDE_INKS[name.split(" ")[0]] ?? "#fff";
      const offered = this.offer?.index === i;
      const dot = handle(places[i], unit, { fill: offered ? "#ffdd40" : ink, radius: offered ? 6 : 4.5, reach: 14, "data-joint": i, style: "cursor:grab" });
      dot.append(Object.assign(svg("title"), { textContent: name }));
      return dot;
    });
    return [...bones, ...this._trails(unit), ...joints];
  }

  // The way of the dragged landmark over its neighbours: as it was tracked, and as it would be.
  _trails(unit) {
    if (!this.offer) return [];
    const { times, count } = this.desk.frames;
    const near = Array.from({ length: count }, (_, i) => i).filter((i) => Math.abs(times[i] - times[this.offer.frame]) <= this.span_s + 0.05);
    const way = (offered) => near.map((i) => this.place(i, this.offer.index, offered)).filter(Boolean).map((p) => p.join(",")).join(" ");
    const look = (points, stroke, width) => svg("polyline", { points, fill: "none", stroke, "stroke-width": width * unit, class: "trail" });
    return [look(way(false), "#ffffff88", 1.5), look(way(true), "#ffdd40", 2.5)];
  }
}

function capitalised(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
