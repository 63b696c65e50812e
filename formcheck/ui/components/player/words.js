// What the player says when something is missing, and what its keys mean.

const WORDS = {
  loading: "Loading the video and its angles …",
  unreachable: "The angles could not be loaded. Is formcheck still running?",
  gone: "This result is no longer there.",
  odd: "This result was written by another version of formcheck. Load the page again.",
  none: "This result has no overlay video. The angles are below.",
  undecodable: "This browser cannot play the overlay video (H.264). The angles still work; save the video to watch it elsewhere.",
  videoUnreachable: "The video could not be loaded. Is formcheck still running?",
};

const KEYS = {
  " ": "play", k: "play", ",": "back", ".": "on", ArrowLeft: "back", ArrowRight: "on", "[": "before", "]": "after",
  Home: "first", End: "last", l: "loop", z: "zoom", f: "full", "?": "help", 1: 1, 2: 0.5, 4: 0.25, 8: 0.125,
};

// What a key means in the player; nothing where the control in focus has its own use for it.
function keyFor(event, target) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (target.matches("select")) return undefined;
  if (key === " " && target.matches("button, summary, input[type=checkbox]")) return undefined;
  if (event.shiftKey && key === "ArrowLeft") return "back10";
  if (event.shiftKey && key === "ArrowRight") return "on10";
  return KEYS[key];
}
