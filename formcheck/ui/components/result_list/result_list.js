// Rows of results. Names come from files and people: everything is set as text.
function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function button(className, text, label, act) {
  const made = element("button", className, text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function actions(row, wish) {
  const place = element("div", "acts");
  const usual = () => {
    const buttons = [];
    if (row.again) buttons.push(button("button", row.again, `${row.again}: ${row.name}`, () => wish("again", row.id)));
    buttons.push(button("button quiet", "Delete", `Delete ${row.name}`, ask));
    place.replaceChildren(...buttons);
  };
  const ask = () => {
    const keep = button("button", "Keep", `Keep ${row.name}`, () => {
      usual();
      place.lastChild.focus();
    });
    const question = element("span", "small", "Delete this result and its files for good?");
    question.setAttribute("role", "alert");
    place.replaceChildren(question, button("button danger", "Delete for good", `Delete ${row.name} for good`, () => wish("delete", row.id)), keep);
    keep.focus();
  };
  usual();
  return place;
}

function line(row, wish) {
  const item = element("li", "result");
  const picture = element("img", "picture");
  Object.assign(picture, { src: row.thumbnail, alt: "", loading: "lazy" });
  picture.addEventListener("error", () => picture.removeAttribute("src"));
  const words = element("div", "about");
  const name = element("h3");
  if (row.address) {
    const link = element("a", "", row.name);
    link.href = row.address;
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      wish("open", row.id);
    });
    name.append(link);
  } else name.textContent = row.name;
  const badge = element("span", `badge ${row.band || "none"}`);
  const sign = element("span", "", row.symbol);
  sign.setAttribute("aria-hidden", "true");
  badge.append(sign, row.word);
  const verdict = element("p", "verdict-line");
  verdict.append(badge, element("span", "", row.headline));
  words.append(name, element("p", "muted small", [row.test, row.date, row.client].filter(Boolean).join(" · ")), verdict);
  item.append(picture, words, actions(row, wish));
  return item;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".fc");
  const shown = JSON.stringify(data);
  if (root.dataset.shown === shown) return;
  root.dataset.shown = shown;
  const wish = (act, id) => setTriggerValue("wish", { act, id });
  const list = element("ul", "results");
  list.append(...data.rows.map((row) => line(row, wish)));
  root.replaceChildren(list);
}
