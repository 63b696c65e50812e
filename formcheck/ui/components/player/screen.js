// The video: shows exactly the frame it is asked for, plays, and tells which frame is on the screen.

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
    this.aim = this.wanted;
    this.wanted = null;
    this._wait(true);
    this.video.currentTime = this.frames.middle(this.aim);
  }

  _settled() {
    if (this.wanted !== null) this._go();
    else this._wait(false);
  }

  _wait(busy) {
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
    const tick = () => {
      if (!this.playing || this.listeners.signal.aborted) return;
      if (!this.busy) this._tick();
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  // A display frame ahead of the loop's end, so that nothing beyond it comes onto the screen.
  _tick() {
    const now_s = this.video.currentTime;
    if (this.loop) {
      const [first, last] = this.loop;
      const ahead_s = 0.02 * this.video.playbackRate;
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
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
