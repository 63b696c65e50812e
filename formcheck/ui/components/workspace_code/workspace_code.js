export default function ({ parentElement }) {
  const form = parentElement.querySelector("form");
  const field = parentElement.querySelector("input");
  const message = parentElement.querySelector("[role=status]");
  form.onsubmit = async (event) => {
    event.preventDefault();
    message.textContent = "Looking for it …";
    let answer;
    try {
      answer = await fetch("/fc/workspace", {
        method: "POST",
        headers: { "X-Formcheck": "1", "Content-Type": "text/plain" },
        body: field.value.trim(),
      });
    } catch {
      message.textContent = "formcheck does not answer. Is it still running?";
      return;
    }
    if (answer.ok) {
      window.location.assign("/results");
      return;
    }
    try {
      message.textContent = (await answer.json()).error;
    } catch {
      message.textContent = "That did not work. Load the page again and try once more.";
    }
  };
  return () => {
    form.onsubmit = null;
  };
}
