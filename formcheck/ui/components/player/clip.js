// What is known of the clip, made ready for showing: where one is, what lies before and after, what can be looped.

const SHAPE_VERSION = 1;

class Clip {
  constructor(told, markers = []) {
    if (told.version !== SHAPE_VERSION) throw new RangeError("another version");
    Object.assign(this, told, { markers });
    this.frames = new Frames(told.times_s);
    this.cycleWord = told.cycle_words[0];
    for (const event of this.events) {
      event.name = event.words.replace(/^(Left|Right) /, "");
      event.ticked = event.kind !== "rep_end";
    }
    // In a run the strides of both sides overlap: only one side is shaded.
    const banded = this.cycles[0]?.side;
    for (const cycle of this.cycles) cycle.banded = cycle.side === banded;
    this.contacts = this.events.filter((e) => e.kind === "initial_contact");
  }

  // The stride or repetition under way, the last to begin where two overlap.
  cycleAt(frame) {
    const inside = this.cycles.filter((c) => c.first <= frame && frame <= c.last);
    return inside.reduce((best, c) => (best && best.first > c.first ? best : c), null);
  }

  // From one contact to the frame before the next, whichever foot; the first or last step outside them.
  stepAt(frame) {
    if (this.contacts.length < 2) return null;
    const found = this.contacts.findIndex((e) => e.frame > frame);
    const next = found < 0 ? this.contacts.length - 1 : Math.max(found, 1);
    return [this.contacts[next - 1].frame, this.contacts[next].frame - 1];
  }

  // The cycle at a frame; where there is none the next, at the end the last.
  cycleNear(frame) {
    return this.cycleAt(frame) ?? this.cycles.find((c) => c.first >= frame) ?? this.cycles.at(-1) ?? null;
  }

  loopAt(frame, kind) {
    if (kind === "step") return this.stepAt(frame);
    const cycle = this.cycleNear(frame);
    return cycle && [cycle.first, cycle.last];
  }

  // The nearest event before (−1) or after (+1) a frame.
  eventFrom(frame, direction) {
    const beyond = this.events.filter((e) => (direction > 0 ? e.frame > frame : e.frame < frame));
    if (!beyond.length) return null;
    return beyond.reduce((best, e) => (Math.abs(e.frame - frame) < Math.abs(best.frame - frame) ? e : best));
  }

  // Words for a frame: events on it, the strides or the repetition it lies in.
  words(frame) {
    const events = this.events.filter((e) => e.frame === frame).map((e) => e.words);
    const cycle = this.cycleAt(frame);
    if (cycle) {
      const name = `${this.cycleWord} ${cycle.number} ${cycle.side}`;
      events.push(cycle.valid ? name : `${name} (does not count${cycle.reason ? `: ${cycle.reason}` : ""})`);
    }
    return events.join(" · ");
  }

  // [heading, [[words, frame], …]] for the list of places to jump to.
  places() {
    const at = (frame) => clock(this.frames.times[frame]);
    const groups = [["Key frames", this.key_frames.map((k) => [`${k.title}, ${at(k.frame)}`, k.frame])]];
    groups.push(["Marked", this.markers.map((m) => [`${m.name ?? "Mark"}, ${at(m.frame)}`, m.frame])]);
    for (const side of ["left", "right"]) {
      const cycles = this.cycles.filter((c) => c.side === side);
      const name = (c) => `${capital(this.cycleWord)} ${c.number} ${side}${c.valid ? "" : ", does not count"}, ${at(c.first)}`;
      groups.push([`${capital(this.cycle_words[1])}, ${side}`, cycles.map((c) => [name(c), c.first])]);
    }
    groups.push(["Contacts", this.contacts.map((e) => [`${e.words}, ${at(e.frame)}`, e.frame])]);
    return groups.filter(([, places]) => places.length);
  }
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
