// One listener for the whole window: buttons carry data-do, and what needs Python goes through Gradio's trigger().
const body = document.body;
const find = (selector) => document.querySelector(selector);
const narrow = () => window.matchMedia("(max-width: 899px)").matches;
let opened = null; // the button that opened the source panel, to give the focus back

function showSide(side) {
  body.dataset.side = side;
  body.dataset.over = "true";
  document.querySelectorAll("[role=tab]").forEach((tab) => tab.setAttribute("aria-selected", tab.dataset.side === side));
}

function closeSide() {
  body.dataset.over = "false";
  opened?.focus();
}

function copied(button) {
  const text = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = text; }, 1500);
}

function save() {
  const parts = [...document.querySelectorAll("[data-copy]")].map((button) => button.dataset.copy);
  if (!parts.length) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([parts.join("\n\n---\n\n") + "\n"], { type: "text/plain" }));
  link.download = "conversation.txt";
  link.click();
  URL.revokeObjectURL(link.href);
}

function setDark(dark) {
  body.classList.toggle("dark", dark);
  localStorage.setItem("theme", dark ? "dark" : "light");
}

const actions = {
  open(button) {
    document.querySelectorAll(".chosen").forEach((other) => other.classList.remove("chosen"));
    if (button.closest("#talk")) { opened = button; button.classList.add("chosen"); }
    showSide("source");
    if (narrow()) find(".tabs .quiet").focus();
    find("#source").classList.add("waiting");
    trigger("open", { ...button.dataset });
  },
  ask: (button) => trigger("submit", { question: button.dataset.question }),
  again: () => trigger("submit", { again: "yes" }),
  clear: () => trigger("clear", {}),
  remove(button) {
    if (!button.classList.contains("sure")) {
      button.classList.add("sure");
      button.textContent = "Really remove?";
      setTimeout(() => { button.classList.remove("sure"); button.textContent = "Remove"; }, 4000);
    } else trigger("remove", { document: button.dataset.document });
  },
  choose() {
    const boxes = [...document.querySelectorAll("[data-do=choose]:checked")];
    trigger("choose", { documents: boxes.map((box) => box.dataset.document) });
  },
  everything() {
    document.querySelectorAll("[data-do=choose]").forEach((box) => { box.checked = false; });
    actions.choose();
  },
  copy: (button) => navigator.clipboard.writeText(button.dataset.copy).then(() => copied(button)),
  save,
  side: (button) => showSide(button.dataset.side),
  "close-side": closeSide,
  "close-report": (button) => button.closest(".report").remove(),
  theme: () => setDark(!body.classList.contains("dark")),
  dismiss(button) {
    localStorage.setItem("banner", "dismissed");
    body.dataset.banner = "dismissed";
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) actions[button.dataset.do]?.(button);
  else if (event.target.id === "veil") closeSide();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && body.dataset.over === "true" && narrow()) closeSide();
});

// A file dragged over the window shows where to drop it; dropped elsewhere it must not replace the page.
document.addEventListener("dragenter", () => showSide("documents"));
for (const name of ["dragover", "drop"])
  document.addEventListener(name, (event) => event.target.closest?.("#upload") || event.preventDefault());

// One tooltip for everything that carries data-tip, kept inside the window. Its words are set as text, never as HTML.
const tip = document.createElement("div");
tip.id = "tip";
tip.setAttribute("role", "tooltip");
body.append(tip);
function showTip(event) {
  const holder = event.target.closest?.("[data-tip]");
  if (!holder) return;
  tip.textContent = holder.dataset.tip;
  const at = holder.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
  const above = at.top - tip.offsetHeight - 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  tip.classList.add("shown");
}
const hideTip = () => tip.classList.remove("shown");
for (const name of ["mouseover", "focusin"]) document.addEventListener(name, showTip);
for (const name of ["mouseout", "focusout", "click"]) document.addEventListener(name, hideTip);

// A new source is scrolled to its marks; a new question to the top of the conversation.
let questions = 0;
let live = false;
function watchPanes() {
  const [source, pane, talk] = [find("#source"), find("#source-pane"), find("#talk")];
  if (!source || !pane || !talk) return void requestAnimationFrame(watchPanes); // not mounted yet
  new MutationObserver(() => {
    source.classList.remove("waiting");
    const marks = source.querySelector(".text mark, .page rect");
    if (!marks) pane.scrollTop = 0;
    else pane.scrollTop += marks.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
  }).observe(source, { childList: true, subtree: true, characterData: true, attributeFilter: ["src", "data-start"] });
  new MutationObserver(() => {
    const asked = talk.querySelectorAll(".question");
    if (asked.length > questions) asked[asked.length - 1].scrollIntoView({ block: "start", behavior: "smooth" });
    questions = asked.length;
    const was = live;
    live = talk.querySelector(".turn.live") !== null;
    if (was && !live && !narrow()) find("#live .cite")?.click(); // the first proof stands beside the finished answer
  }).observe(talk, { childList: true, subtree: true, attributeFilter: ["class"] });
}
watchPanes();

const chosen = localStorage.getItem("theme");
if (chosen) body.classList.toggle("dark", chosen === "dark");
body.dataset.banner = localStorage.getItem("banner") || "";
showSide("documents");
body.dataset.over = "false";
