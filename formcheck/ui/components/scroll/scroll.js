export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".fc");
  if (!data.occasion || window.formcheckScrolledFor === data.occasion) return;
  window.formcheckScrolledFor = data.occasion;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  root.style.scrollMarginTop = "5rem";
  requestAnimationFrame(() => root.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" }));
}
