// One listener for the whole window: buttons carry data-do, and what needs Python goes through Gradio's trigger().
const body = document.body;
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const narrow = () => window.matchMedia("(max-width: 899px)").matches;
let opened = null; // the button that opened the right side, to give the focus back

let looking = false; // a person has chosen what the side shows since the question

function selectSide(side) {
  body.dataset.side = side;
  all("[role=tab]").forEach((tab) => {
    tab.setAttribute("aria-selected", tab.dataset.side === side);
    tab.tabIndex = tab.dataset.side === side ? 0 : -1;
  });
}

// On a small screen the side lies over the conversation: a place of its own, so that the browser's Back leaves it.
function showSide(side) {
  selectSide(side);
  body.dataset.over = "true";
  if (narrow() && !history.state?.over) history.pushState({ over: true }, "");
}

function uncover() {
  body.dataset.over = "false";
  opened?.focus();
}

function closeSide() {
  uncover();
  if (history.state?.over) history.back();
}

window.addEventListener("popstate", () => {
  if (history.state?.over) body.dataset.over = "true";
  else if (narrow() && body.dataset.over === "true") uncover();
});
if (history.state?.over) history.back(); // of the page before a reload

function told(button, words) {
  const text = button.textContent;
  button.textContent = words;
  setTimeout(() => { button.textContent = text; }, 1500);
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea"); // without https only this machine has a clipboard
  box.value = text;
  body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

// The first click asks whether one is sure, the second does it.
function surely(button, act) {
  if (button.classList.contains("sure")) return act();
  const text = button.textContent;
  button.classList.add("sure");
  button.textContent = button.dataset.sure || `Really ${text.toLowerCase()}?`;
  setTimeout(() => { button.classList.remove("sure"); button.textContent = text; }, 4000);
}

function toggle(button) {
  button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
}

// A text that can be edited where it stands: ``done`` gets the new words, Escape leaves the old ones.
function editor(place, words, label, done) {
  const form = document.createElement("form");
  form.className = "editor";
  form.innerHTML = '<textarea rows="1"></textarea><div><button type="button" class="quiet">Cancel</button>' +
    `<button class="go">${label}</button></div>`;
  const [box, cancel] = [form.querySelector("textarea"), form.querySelector(".quiet")];
  const leave = () => { form.remove(); place.hidden = false; };
  const grow = () => { box.style.height = "auto"; box.style.height = `${box.scrollHeight + 2}px`; };
  box.value = words;
  box.setAttribute("aria-label", label);
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); leave(); }
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
  });
  cancel.addEventListener("click", leave);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    leave();
    if (text) done(text);
  });
  place.hidden = true;
  place.after(form);
  grow();
  box.focus();
  box.select();
}

function setDark(dark) {
  body.classList.toggle("dark", dark);
  localStorage.setItem("theme", dark ? "dark" : "light");
}

function settings() {
  const form = find(".settings");
  if (!form.passages.checkValidity()) form.passages.value = form.passages.defaultValue;
  return { mode: form.mode.value, passages: form.passages.value, collection: form.collection.value };
}

// The documents to ask within, also those that a search of the list hides; a tab remembers them over a reload.
let collection = JSON.parse(localStorage.getItem("settings") || "{}").collection || "";
const kept = JSON.parse(sessionStorage.getItem("ticked") || "{}"); // another tab may have chosen another collection
const ticked = new Set(kept.collection === collection ? kept.ticks : []);
let changes = 0; // what is set carries its number: requests may overtake each other
function change(what) {
  sessionStorage.setItem("ticked", JSON.stringify({ collection, ticks: [...ticked] }));
  trigger("set", { ...what, order: ++changes });
}

// What puts another conversation there takes a moment. A question typed meanwhile waits for it: requests may overtake
// each other, and the question would be asked in the old conversation or wiped with it.
let changed = null; // tells whether the other conversation is there
let held = ""; // the question that waits
function expect(done) {
  changed = done;
  setTimeout(() => { if (changed === done) settle(true); }, 5000); // it may never come: the server said no
}
function settle(now = false) {
  if (!changed || !(now || changed())) return;
  changed = null;
  const words = held;
  held = "";
  if (!words.trim()) return;
  if (find("#question textarea").value !== words) fill(words); // what was taken back went over it
  setTimeout(() => find("#send").click()); // when Gradio has heard of the words
}
function fill(words) {
  const box = find("#question textarea");
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
function hold(event) {
  settle();
  if (!changed) return;
  event.preventDefault();
  event.stopPropagation();
  held = find("#question textarea").value;
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && event.target.matches?.("#question textarea")) hold(event);
}, true);
document.addEventListener("click", (event) => { if (event.target.closest("#send")) hold(event); }, true);

// A question that was typed, or not answered yet, outlives a reload; the page reloads when a server is back that was gone.
window.addEventListener("pagehide", () => {
  const words = find("#question textarea")?.value || find(".turn.live .question")?.textContent;
  if (words) sessionStorage.setItem("draft", words);
});
let fresh = true; // the conversation is not there yet
function restore() {
  if (!fresh || !find("#talk .turn, #talk .welcome")) return;
  fresh = false;
  const words = sessionStorage.getItem("draft");
  sessionStorage.removeItem("draft");
  if (words && !find("#question textarea").value && all("#talk .question").at(-1)?.textContent !== words) fill(words);
}

const actions = {
  open(button) {
    all(".chosen").forEach((other) => other.classList.remove("chosen"));
    if (button.closest("#talk")) { opened = button; button.classList.add("chosen"); }
    looking = true;
    showSide("source");
    if (narrow()) find(".tabs > .quiet").focus();
    find("#source").classList.add("waiting");
    trigger("open", { ...button.dataset });
  },
  ask: (button) => trigger("submit", { question: button.dataset.question }),
  again: (button) => trigger("submit", { turn: button.dataset.turn }),
  edit(button) {
    const { turn, what, words } = button.dataset;
    editor(button.parentElement, words, "Ask", (text) => trigger("submit", { turn, [what]: text }));
  },
  undo() {
    const asked = all("#talk .turn").length;
    expect(() => all("#talk .turn").length < asked);
    trigger("undo", {});
  },
  clear() {
    sessionStorage.removeItem("talk");
    if (find("#talk .turn")) expect(() => !find("#talk .turn"));
    trigger("clear", {});
    find("#question textarea").focus();
  },
  judge(button) {
    const was = button.getAttribute("aria-pressed");
    button.parentElement.querySelectorAll(".thumb").forEach((thumb) => thumb.setAttribute("aria-pressed", "false"));
    button.setAttribute("aria-pressed", was !== "true");
    trigger("judge", { turn: button.dataset.turn, thumb: button.dataset.thumb });
  },
  wrong(button) {
    const { turn, number, document, start } = button.dataset;
    toggle(button);
    all(`#talk [data-turn="${turn}"][data-number="${number}"]`).forEach((mark) => mark.classList.toggle("wrong"));
    trigger("judge", { turn, number, document, start });
  },
  remove: (button) => surely(button, () => trigger("remove", { document: button.dataset.document })),
  dismiss: (button) => trigger("remove", { name: button.dataset.name, folder: button.dataset.folder }),
  choose(box) {
    if (box.checked) ticked.add(box.dataset.tick);
    else ticked.delete(box.dataset.tick);
    change({ ticks: [...ticked] });
  },
  collect(button) {
    const select = find(".settings select");
    select.value = button.dataset.collection;
    actions.set();
  },
  everything() {
    find(".settings select").value = collection = "";
    ticked.clear();
    localStorage.setItem("settings", JSON.stringify(settings()));
    change({ ...settings(), ticks: [] }); // in one go: two would undo each other
  },
  set() {
    if (collection !== settings().collection) ticked.clear();
    collection = settings().collection;
    localStorage.setItem("settings", JSON.stringify(settings()));
    change(settings());
  },
  recall(button) {
    const { talk } = button.dataset; // the list may be drawn anew meanwhile
    if (narrow()) closeSide();
    expect(() => find("#live .turn")?.dataset.talk === talk);
    trigger("recall", { talk });
  },
  rename(button) {
    const { talk, title } = button.dataset;
    editor(button.closest("li").querySelector(".chat"), title, "Rename", (text) => trigger("rename", { talk, title: text }));
  },
  discard: (button) => surely(button, () => {
    if (button.closest(".current")) expect(() => !find("#talk .turn"));
    trigger("discard", { talk: button.dataset.talk });
  }),
  copy: (button) => copy(button.dataset.copy).then(() => told(button, "Copied")),
  zoom(button) {
    toggle(button);
    find(".sheet").classList.toggle("large");
    find(".page rect")?.scrollIntoView({ block: "center", inline: "start" });
  },
  side(button) {
    if (!button.closest("#side")) opened = button;
    looking = true;
    showSide(button.dataset.side);
    if (button.dataset.side === "documents") trigger("refresh", {}); // another window may have changed them
  },
  add(button) {
    actions.side(button);
    find("#upload input[type=file]")?.click();
  },
  unread(button) {
    actions.side(button);
    const group = find("#documents details.unread");
    if (group) group.open = unfolded = true;
    find("#documents-pane").scrollTop = 0;
  },
  "close-side": closeSide,
  "close-report": (button) => button.closest(".report").remove(),
  theme: () => setDark(!body.classList.contains("dark")),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button && button.tagName !== "FORM") actions[button.dataset.do]?.(button);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && !fresh) trigger("refresh", {});
});
document.addEventListener("change", (event) => {
  if (event.target.closest(".settings")) actions.set();
});
document.addEventListener("submit", (event) => {
  if (event.target.matches(".settings")) event.preventDefault();
}, true);
const seeking = { documents: "seek_documents", chats: "seek_chats" };
let pause = 0;
document.addEventListener("input", (event) => {
  const box = event.target.closest(".seek");
  if (!box) return;
  clearTimeout(pause);
  pause = setTimeout(() => trigger(seeking[box.dataset.seek], { words: box.value }), 150);
});
document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[role=tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (tab && step) {
    const tabs = all("[role=tab]");
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    actions.side(next);
    next.focus();
  }
  if (event.key !== "Escape") return;
  if (body.dataset.over === "true" && narrow()) {
    closeSide();
    hideTip(); // of what the focus comes back to
  } else if (find(".turn.live")) trigger("stop", {});
});

// One file that is too long would keep back all others that were chosen with it.
function refuse(files, most) {
  const note = document.createElement("section");
  note.className = "report";
  note.setAttribute("role", "status");
  note.innerHTML = '<p><b></b><button type="button" class="quiet" data-do="close-report" aria-label="Close the report">×' +
    '</button></p><ul class="files"></ul>';
  note.querySelector("b").textContent = `${files.length} too long`;
  for (const file of files) {
    const row = document.createElement("li");
    row.className = "failed";
    row.innerHTML = '<span class="name"></span><span class="state">failed</span><span class="reason"></span>';
    row.querySelector(".name").textContent = file.name;
    row.querySelector(".reason").textContent = `It has ${Math.ceil(file.size / 2 ** 20)} MB; at most ${most} MB are read. ` +
      "Split it, or raise RAG_FILE_MEGABYTES.";
    note.querySelector("ul").append(row);
  }
  find("#upload").after(note);
}
// Refuses the files of an event that are too long, and hands on the others by ``again``.
function sift(event, files, again) {
  const most = Number(find(".settings")?.dataset.megabytes || 0);
  const long = [...files].filter((file) => most && file.size > most * 2 ** 20);
  if (!long.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  refuse(long, most);
  const kept = new DataTransfer();
  [...files].filter((file) => !long.includes(file)).forEach((file) => kept.items.add(file));
  again(kept);
}
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches?.("#upload input[type=file]")) return;
  sift(event, input.files, (kept) => {
    input.files = kept.files;
    if (kept.files.length) input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}, true);

// Files may be dropped anywhere and go the way of chosen ones. Gradio loses what comes while others are on their way:
// then the box is taken, and a moment longer, until the server has heard of them.
const waiting = [];
let taken = -Infinity;
function handOver() {
  const input = find("#upload input[type=file]");
  if (!input) taken = performance.now();
  if (performance.now() - taken < 1000) return void setTimeout(handOver, 100);
  if (!waiting.length) return;
  const files = new DataTransfer();
  waiting.splice(0).forEach((file) => files.items.add(file));
  taken = performance.now();
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
function onDrag(name, act) {
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return; // but words
    event.preventDefault();
    act(event);
  }, true);
}
onDrag("dragover", () => {});
onDrag("dragenter", () => {
  looking = true;
  showSide("documents");
  find("#documents-pane").scrollTop = 0;
});
onDrag("drop", (event) => {
  event.stopImmediatePropagation();
  waiting.push(...event.dataTransfer.files);
  handOver();
});

// One tooltip for everything that carries data-tip, kept inside the window. Its words are set as text, never as HTML.
const tip = document.createElement("div");
tip.id = "tip";
tip.setAttribute("aria-hidden", "true"); // what it says stands in the labels too
body.append(tip);
function showTip(event) {
  const holder = event.target.closest?.("[data-tip]");
  if (!holder || (event.type === "mouseover" && !matchMedia("(hover: hover)").matches)) return; // a finger does not hover
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
let unfolded = false; // the files that were not read
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("#documents .unread")) unfolded = event.target.open;
}, true);
let questions = 0;
let live = false;
function watchPanes() {
  const [source, pane, talk, list] = [find("#source"), find("#source-pane"), find("#talk"), find("#documents")];
  if (!source || !pane || !talk || !list || !find("#settings-pane")) return void requestAnimationFrame(watchPanes); // not mounted
  for (const side of ["source", "documents", "chats", "settings"]) {
    const panel = find(`#${side}-pane`);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `tab-${side}`);
    panel.tabIndex = 0;
  }
  talk.tabIndex = 0;
  talk.setAttribute("role", "region");
  talk.setAttribute("aria-label", "Conversation");
  new MutationObserver(() => {
    source.classList.remove("waiting");
    const marks = source.querySelector(".text mark, .page rect");
    if (!marks) pane.scrollTop = 0;
    else for (const box of [source.querySelector(".text"), pane]) { // a wide table scrolls in a box of its own
      if (box) box.scrollTop += marks.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
    }
  }).observe(source, { childList: true, subtree: true, characterData: true, attributeFilter: ["src", "data-start"] });
  // A list that is drawn anew keeps the boxes of the old one, and with them what a person ticked there and unfolded.
  new MutationObserver(() => {
    const group = list.querySelector("details.unread");
    if (group) group.open = unfolded;
    for (const box of list.querySelectorAll("[data-do=choose]")) box.checked = ticked.has(box.dataset.tick);
  }).observe(list, { childList: true, subtree: true, attributeFilter: ["data-tick", "checked"] });
  new MutationObserver(() => {
    const asked = talk.querySelectorAll(".question");
    if (asked.length > questions) asked[asked.length - 1].scrollIntoView({ block: "start", behavior: "smooth" });
    questions = asked.length;
    settle();
    restore();
    const key = find("#live .turn")?.dataset.talk;
    if (key) sessionStorage.setItem("talk", key);
    const was = live;
    live = talk.querySelector(".turn.live") !== null;
    if (live && !was) looking = false;
    if (was && !live && !narrow() && !looking) find("#live .cite")?.click(); // the first proof stands beside the finished answer
  }).observe(talk, { childList: true, subtree: true, attributeFilter: ["class", "data-talk"] });
  selectSide(body.dataset.side);
  const remembered = JSON.parse(localStorage.getItem("settings") || "{}");
  trigger("begin", { ...remembered, talk: sessionStorage.getItem("talk") || "", ticks: [...ticked] });
}
const theme = localStorage.getItem("theme");
if (theme) body.classList.toggle("dark", theme === "dark");
body.dataset.side = "documents";
body.dataset.over = "false";
watchPanes();
