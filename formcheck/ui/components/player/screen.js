// The video: shows exactly the frame it is asked for, plays, and tells which frame is on the screen.

const MOST_GAP_MS = 100;
const MOST_PATIENCE_MS = 400; // a hidden page shows nothing

class Screen {
  // onFrame(index) is called for every new frame; onState() when playing, waiting or speed change.
  constructor(video, frames, { onFrame, onState }) {
    this.video = video;
    this.frames = frames;
    this.onFrame = onFrame;
    this.onState = onState;
    this.frame = 0;
    this.loop = null; // [first, last] frame
    this.busy = false;
    this.ready = false;
    this.tries = 0;
    this.wanted = null; // frame to show as soon as the video is free
    this.shown = null; // frame that the browser said is on the screen
    this.listeners = new AbortController();
    this._listen();
  }

  _listen() {
    const on = (name, act) => this.video.addEventListener(name, act, { signal: this.listeners.signal });
    on("loadeddata", () => {
      this.ready = true;
      this.seek(this.frame);
    });
    on("seeked", () => this._settled());
    on("play", () => this._played());
    on("pause", () => this._paused());
    on("ended", () => this._paused());
    on("ratechange", () => this.onState());
    if (this.video.requestVideoFrameCallback) this._watch();
  }

  _watch() {
    this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      if (this.listeners.signal.aborted) return;
      this.shown = this.frames.nearest(mediaTime);
      if (this.arrived && this.shown === this.aim) this._wait(false);
      if (this.playing) this._report(this.shown);
      this._watch();
    });
  }

  get playing() {
    return this.ready && !this.video.paused && !this.video.ended;
  }

  _report(index) {
    if (index === this.frame) return;
    this.frame = index;
    this.onFrame(index);
  }

  // Show a frame. What is asked for while the video is still on its way to another waits; only the last counts.
  seek(index) {
    const wanted = this.frames.clamp(index);
    if (wanted !== this.frame) {
      this.frame = wanted;
      this.onFrame(wanted);
    }
    if (!this.ready) return;
    this.wanted = wanted;
    if (!this.busy) this._go();
  }

  _go() {
    if (this.wanted !== this.aim) this.tries = 0;
    this.aim = this.wanted;
    this.wanted = null;
    this.arrived = false;
    this._wait(true);
    this.video.currentTime = this.frames.middle(this.aim);
  }

  // A browser may at first think the video shorter than it is and stop before the frame: then once more.
  _settled() {
    const short = this.wanted === null && this.video.currentTime < this.frames.start(this.aim) - 0.0005;
    if (short && !this.playing && this.tries < 2) {
      this.tries += 1;
      this.wanted = this.aim;
    }
    if (this.wanted !== null) {
      this._go();
      return;
    }
    this.arrived = true;
    const unwatched = !this.video.requestVideoFrameCallback || this.shown === this.aim;
    if (unwatched) this._wait(false);
    else this.patience = setTimeout(() => this._wait(false), MOST_PATIENCE_MS);
  }

  // Busy until the wanted picture is on the screen, which is a little after the video has found it. What was asked for
  // in between comes next.
  _wait(busy) {
    clearTimeout(this.patience);
    if (!busy && this.ready && this.wanted !== null) {
      this._go();
      return;
    }
    if (busy === this.busy) return;
    this.busy = busy;
    this.onState();
  }

  toggle() {
    if (!this.ready) return;
    if (this.playing) this.video.pause();
    else this.play();
  }

  play() {
    const [first, last] = this.loop ?? [0, this.frames.count - 1];
    if (this.frame >= last || this.frame < first) this.seek(first);
    this.video.play().catch(() => this.onState());
  }

  _played() {
    this.onState();
    let before_ms = performance.now();
    let gap_ms = 17;
    const tick = (now_ms) => {
      if (!this.playing || this.listeners.signal.aborted) return;
      gap_ms = Math.min(Math.max(0.8 * gap_ms, now_ms - before_ms, 17), MOST_GAP_MS);
      before_ms = now_ms;
      if (!this.busy) this._tick(gap_ms / 1000);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  // Turns back as much before the loop's end as there is between two looks, so that nothing beyond it is shown.
  _tick(gap_s) {
    const now_s = this.video.currentTime;
    if (this.loop) {
      const [first, last] = this.loop;
      const ahead_s = 2 * gap_s * this.video.playbackRate;
      if (now_s + ahead_s >= this.frames.end(last) || now_s < this.frames.start(first) - 0.001) {
        this.seek(first);
        return;
      }
    }
    if (!this.video.requestVideoFrameCallback) this._report(this.frames.at(now_s));
  }

  // The picture may have moved on while it was stopping: bring exactly the frame that is told.
  _paused() {
    if (!this.ready) return;
    this.seek(this.frame);
    this.onState();
  }

  pause() {
    if (this.playing) this.video.pause();
  }

  // The video cannot be shown: frames are still counted, for the plots.
  lost() {
    this.ready = false;
    this._wait(false);
  }

  set speed(rate) {
    this.video.playbackRate = rate;
    this.video.defaultPlaybackRate = rate;
  }

  get speed() {
    return this.video.playbackRate;
  }

  close() {
    this.listeners.abort();
    clearTimeout(this.patience);
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
