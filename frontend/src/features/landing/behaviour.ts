/** The front page's moving parts: the theme, and copies laid onto the work. Everything else is plain HTML. */
import "../../styles.css";
import { applyTheme } from "../../app/theme";
import { alignment } from "../../compare/align";
import copies from "./copies.json";

applyTheme();

// The fonts, once the page stands: on a slow line they would hold up what people came to see.
window.addEventListener("load", () =>
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const whole = document.createElement("link");
      whole.rel = "stylesheet";
      whole.href = document.querySelector<HTMLStyleElement>("style[data-whole]")!.dataset.whole!;
      document.head.append(whole);
    }),
  ),
);

const stage = document.getElementById("stage")!;
const laid = document.getElementById("laid") as HTMLImageElement;
const told = document.getElementById("told")!;
const buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-copy]")];
const invitation = told.textContent;
let chosen: string | null = null;

function show(kind: string | null): void {
  chosen = kind;
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.copy === kind));
  const copy = copies.find((one) => one.kind === kind);
  laid.hidden = !copy;
  if (!copy) {
    told.textContent = invitation;
    return;
  }
  const { width, height } = copy;
  laid.src = `/pictures/${copy.kind}.webp`;
  laid.style.width = `${width}px`;
  laid.style.height = `${height}px`;
  laid.style.transform = alignment(
    copy.transform,
    copy.mirrored,
    { width, height },
    { width: stage.clientWidth, height: stage.clientHeight },
  );
  told.textContent = `${copy.reasons.join("; ")}.`;
}

for (const button of buttons) {
  button.addEventListener("click", () => show(chosen === button.dataset.copy ? null : button.dataset.copy!));
}
new ResizeObserver(() => show(chosen)).observe(stage);

// The form's address is known before the code: the policy forbids forms that send anything anywhere.
document.getElementById("code-form")!.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = (document.getElementById("code") as HTMLInputElement).value;
  location.assign(`/portal?code=${encodeURIComponent(code.trim())}`);
});
