// A clip's picture and words; everything that comes from the file's name is set as text.
function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function notice({ band, symbol, word, text, advice }) {
  const item = element("li");
  const badge = element("span", `badge ${band}`);
  const sign = element("span", "", symbol);
  sign.setAttribute("aria-hidden", "true");
  badge.append(sign, word);
  const words = element("span", "words", text);
  if (advice) words.append(" ", element("strong", "", advice));
  item.append(badge, words);
  return item;
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".fc");
  const shown = JSON.stringify(data);
  if (root.dataset.shown === shown) return;
  root.dataset.shown = shown;
  let picture = element("div", "picture");
  if (data.thumbnail) {
    picture = element("img", "picture");
    Object.assign(picture, { src: data.thumbnail, alt: "" });
    picture.addEventListener("error", () => picture.removeAttribute("src"), { once: true });
  }
  const words = element("div", "about");
  words.append(element("h3", "", data.name), element("p", "muted small", data.facts));
  if (data.busy) {
    const busy = element("p", "busy small", data.busy);
    busy.setAttribute("role", "status");
    words.append(busy);
  }
  const notices = element("ul", "notices");
  notices.append(...data.notices.map(notice));
  words.append(notices);
  const card = element("article", "clip");
  card.append(picture, words);
  root.replaceChildren(card);
}
