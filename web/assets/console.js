// What the console does beyond its pages: streaming, lighting, keys, uploads. Every page
// is complete without it. Nothing from elsewhere is ever parsed as HTML, save pages of
// this server, and their nodes are taken over as they are.

const words = JSON.parse(document.getElementById("words").textContent);
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const phone = matchMedia("(max-width: 760px)");

// say fills a text: %s is the first value, %1 and %2 are named by place.
const say = (key, ...args) => words[key].replace(/%(s|\d)/g, (_, p) => args[p === "s" ? 0 : p - 1]);

function el(name, attrs = {}, ...children) {
  const svg = name === "svg" || name === "rect";
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attrs)) if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

// sentence makes a message of the house, which begins small and has no stop, a sentence.
const sentence = (text) => text && (/^[a-z]+[ ,]/.test(text) ? text[0].toUpperCase() + text.slice(1) : text) + (/[.?!:。？！：]$/.test(text) ? "" : document.documentElement.lang.startsWith("zh") && /\p{Script=Han}/u.test(text) ? "。" : ".");

// langOf is the server's rule: Chinese where there are as many Han characters as other words.
function langOf(text) {
  const start = text.slice(0, 2000), count = (pattern) => (start.match(pattern) || []).length;
  const han = count(/\p{Script=Han}/gu);
  return han > 0 && han >= count(/(?:(?!\p{Script=Han})\p{L})+/gu) ? "zh-Hans" : "en";
}

// page fetches one of our own pages and gives its document.
async function page(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(String(response.status));
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/* ---- lighting: a citation, its sentence and its original belong together ---- */

const originals = $("#originals");
let pinned = null;

const turnOf = (node) => node && node.closest(".turn");
const addressOf = (turn) => "/ask/" + encodeURIComponent(turn.dataset.trace);
const groupOf = (turn) => turn && originals && $$(".group", originals).find((g) => g.dataset.trace === turn.dataset.trace);

function unlight() {
  for (const node of $$(".s.on, .cite.on, .orig.on, .orig.picked, mark.on")) if (!node.closest(".paper")) node.classList.remove("on", "picked");
}

// showGroup brings the originals of one answer into the column.
function showGroup(turn) {
  const group = groupOf(turn);
  if (!group) return null;
  for (const other of $$(".group", originals)) other.hidden = other !== group;
  $(".hint", originals)?.remove();
  return group;
}

// fetchGroup gets the originals of an answer whose originals do not stand on this page.
async function fetchGroup(turn) {
  if (!turn?.dataset.trace || turn.dataset.trace.startsWith("now-") || turn.dataset.coming || groupOf(turn)) return;
  turn.dataset.coming = "yes";
  try {
    const group = $(".group", await page(addressOf(turn) + "?alone"));
    if (!group || groupOf(turn)) return;
    group.hidden = true;
    originals.append(document.adoptNode(group));
  } finally { delete turn.dataset.coming; }
}

// lightSoon lights at once, or when the originals have come, if they are still looked at.
function lightSoon(turn, n, sentence, still) {
  if (groupOf(turn) || !originals) return light(turn, n, sentence);
  light(turn, n, sentence);
  fetchGroup(turn).then(() => { if (still()) light(turn, n, sentence); }, () => {});
  return null;
}

function light(turn, n, sentence) {
  unlight();
  const group = showGroup(turn);
  const section = group && $(`.orig[data-n~="${n}"]`, group);
  if (sentence) {
    sentence.classList.add("on");
    $(`.cite[data-n="${n}"]`, sentence)?.classList.add("on");
  }
  if (!section) return null;
  section.classList.add("on");
  const own = sentence ? $$(`mark[data-s~="${sentence.dataset.number}"]`, section) : [];
  if (own.length) {
    section.classList.add("picked");
    for (const mark of own) mark.classList.add("on");
  }
  bring(section, $("header", group).offsetHeight);
  return section;
}

// bring scrolls to a passage, and further to its lit words where it is longer than the view.
function bring(section, head) {
  const top = section.offsetTop - head, bottom = section.offsetTop + section.offsetHeight;
  if (top < originals.scrollTop || bottom > originals.scrollTop + originals.clientHeight) originals.scrollTop = top;
  const mark = $("mark.on", section);
  if (!mark) return;
  const at = mark.getBoundingClientRect(), box = originals.getBoundingClientRect();
  if (at.top < box.top + head || at.bottom > box.bottom) originals.scrollTop += at.top - box.top - Math.max(head, originals.clientHeight / 3);
}

function relight() {
  if (pinned && document.contains(pinned)) light(turnOf(pinned), pinned.dataset.n, pinned.closest(".s"));
  else { pinned = null; unlight(); }
}

const sheet = {
  open(n) {
    if (!originals) return;
    originals.classList.remove("closed");
    originals.classList.add("open");
    if (n === undefined) $(".group:not([hidden]) h2", originals)?.scrollIntoView({ block: "nearest" });
  },
  close() {
    if (!originals) return false;
    const was = originals.classList.contains("open") || (phone.matches && originals.matches(":has(:target)"));
    originals.classList.remove("open");
    originals.classList.add("closed");
    if (was) pinned = null; // the next tap brings the sheet back, and not the document
    return was && phone.matches;
  },
};

function clickCite(event, cite) {
  if (!originals || event.ctrlKey || event.metaKey || event.shiftKey || !cite.dataset.n) return;
  event.preventDefault();
  if (pinned === cite) { if (cite.dataset.open) location.href = cite.dataset.open; return; }
  pinned = cite;
  if (phone.matches) sheet.open(cite.dataset.n); // first, as what is not shown cannot be scrolled to
  lightSoon(turnOf(cite), cite.dataset.n, cite.closest(".s"), () => pinned === cite);
  if (phone.matches) cite.closest(".s").scrollIntoView({ block: "center" });
}

function clickMark(event, mark) {
  const note = document.getElementById(mark.hash.slice(1));
  if (!note) return;
  event.preventDefault();
  if (note.classList.contains("quiet")) note.classList.toggle("open");
  else note.hidden = !note.hidden;
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const cite = at("a.cite"), mark = at("a.mark"), hash = at(".ver[data-hash]");
  if (cite) clickCite(event, cite);
  else if (mark) clickMark(event, mark);
  else if (hash) copy(hash.dataset.hash);
  else if (at("[data-copy]")) copy($(".answer", turnOf(event.target)).innerText);
  else if (at("[data-sheet]")) { event.preventDefault(); const turn = turnOf(event.target); fetchGroup(turn).finally(() => { showGroup(turn); sheet.open(); }); }
  else if (at("[data-say]")) { event.preventDefault(); const form = document.getElementById(at("[data-say]").hash.slice(1)); form.classList.toggle("open"); $(".open textarea", form.parentNode)?.focus(); form.scrollIntoView({ block: "nearest" }); }
  else if (at("[data-say-close]")) { event.preventDefault(); if (location.hash === "#" + at(".say").id) history.replaceState(null, "", location.pathname + location.search); at(".say").classList.remove("open"); }
  else if (at("[data-earlier]")) { event.preventDefault(); earlier(at("[data-earlier]")); }
  else if (at("[data-sheet-close]")) { event.preventDefault(); sheet.close(); }
  else if (at("[data-keys-open]")) $("#keys").showModal();
  else if (at("[data-keys-close]")) $("#keys").close();
  for (const open of $$("details.menu[open], details.remove[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("mouseover", (event) => {
  const cite = event.target.closest?.("a.cite[data-n]");
  if (cite && originals) lightSoon(turnOf(cite), cite.dataset.n, cite.closest(".s"), () => cite.matches(":hover"));
});
document.addEventListener("mouseout", (event) => { if (event.target.closest?.("a.cite") && originals) relight(); });
document.addEventListener("focusin", (event) => {
  const cite = event.target.closest?.("a.cite[data-n]"), sentence = event.target.closest?.(".s");
  if (cite && originals) lightSoon(turnOf(cite), cite.dataset.n, cite.closest(".s"), () => document.activeElement === cite);
  for (const open of $$(".note.quiet.looked")) open.classList.remove("looked", "open");
  const why = sentence && document.getElementById(sentence.getAttribute("aria-describedby"));
  if (why?.classList.contains("quiet") && !why.classList.contains("open")) why.classList.add("looked", "open");
});
window.addEventListener("hashchange", () => originals?.classList.remove("closed"));

async function copy(text) {
  await navigator.clipboard.writeText(text);
  announce(words.copied);
}

function announce(text) {
  let region = $("#announced");
  if (!region) document.body.append((region = el("p", { id: "announced", class: "sr", role: "status" })));
  region.textContent = text;
}

// A form that changes one part of the page puts the new part in the place of the old one.
document.addEventListener("submit", async (event) => {
  const form = event.target, id = form.dataset?.into, turn = turnOf(form);
  if (!id || event.defaultPrevented) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
  try {
    const response = await fetch(form.getAttribute("action"), { method: "POST", body });
    if (!response.ok) throw new Error(String(response.status));
    const fresh = $(".turn", await page(addressOf(turn) + "?alone")), focused = document.activeElement?.value;
    for (const part of [".acts form", ".fb"]) $(part, turn).replaceWith(document.adoptNode($(part, fresh)));
    $$(".acts form button", turn).find((b) => b.value === focused)?.focus();
    announce(words.kept);
  } catch { announce(words["not.kept"]); }
});

// steady changes the page and keeps a line that is read where it is.
function steady(change, before, after) {
  const top = before?.getBoundingClientRect().top;
  change();
  const moved = before && after() ? after().getBoundingClientRect().top - top : 0;
  if (moved) scrollBy({ top: moved, behavior: "instant" });
}

// earlier puts the turns before the first one above it; what is read stays where it is.
async function earlier(link) {
  const fresh = await page(link.href), first = $(".turn", turns);
  const more = $("[data-earlier]", fresh)?.closest("p"), old = link.closest("p");
  steady(() => {
    for (const turn of $$("#turns .turn", fresh)) {
      $("#latest", turn)?.remove();
      first.before(document.adoptNode(turn));
    }
    if (more) old.replaceWith(document.adoptNode(more));
    else old.remove();
  }, first, () => first);
  for (const group of $$(".group", fresh)) {
    if ($$(".group", originals).some((g) => g.dataset.trace === group.dataset.trace)) continue;
    group.hidden = true;
    originals.append(document.adoptNode(group));
  }
}

/* ---- asking ---- */

const form = $("#question"), turns = $("#turns"), said = $("#said");
let shown = location.pathname; // the answer whose address this is
let running = null; // the AbortController of the answer being written

// inline writes a sentence: `code`, **bold**, and the words that disagree.
function inline(sentence, from) {
  const runes = [...sentence.text], out = [];
  const off = (i) => (sentence.disagree || []).some((d) => d.start <= i && i < d.end);
  const closes = (at, mark) => {
    for (let k = at; k < runes.length; k++) if (runes[k] === mark[0] && (mark.length === 1 || runes[k + 1] === mark[1])) return k > at;
    return false;
  };
  let face = "";
  for (let i = from; i < runes.length; i++) {
    if (runes[i] === "`" && (face === "code" || closes(i + 1, "`"))) { face = face === "code" ? "" : "code"; continue; }
    if (face !== "code" && runes[i] === "*" && runes[i + 1] === "*" && (face === "bold" || closes(i + 2, "**"))) { face = face === "bold" ? "" : "bold"; i++; continue; }
    const last = out[out.length - 1];
    if (last && last.face === face && last.off === off(i)) last.text += runes[i];
    else out.push({ text: runes[i], face, off: off(i) });
  }
  return out.map((b) => {
    const node = b.face === "code" ? el("code", {}, b.text) : b.face === "bold" ? el("b", {}, b.text) : document.createTextNode(b.text);
    return b.off ? el("u", { class: "off" }, node) : node;
  });
}

// A Turn is one question on the page while its answer is being written.
class Turn {
  constructor(question, asked) {
    this.key = "now-" + Date.now();
    this.question = question;
    this.asked = asked;
    this.did = []; // what was done before the first sentence, in words
    this.withheld = 0;
    this.passages = [];
    this.citations = new Map();
    this.sentences = [];
    this.status = el("ul", { class: "steps", role: "status" }, el("li", { class: "now" }, say("searching", asked.name)));
    this.answer = el("div", { class: "answer", lang: langOf(question) });
    this.held = el("span", { class: "held" }, el("i", { "aria-hidden": "true" }), words.reading);
    this.article = el("article", { class: "turn asked", "data-trace": this.key, "aria-busy": "true", "aria-labelledby": "q-" + this.key },
      el("h2", { class: "q", id: "q-" + this.key, lang: langOf(question) }, question), this.status, this.answer);
    this.group = el("div", { class: "group", "data-trace": this.key });
    turns.append(this.article);
    for (const other of $$(".group", originals)) other.hidden = true;
    $(".hint", originals)?.remove();
    originals.append(this.group);
    originals.scrollTop = 0;
    this.article.scrollIntoView({ block: "start" });
  }

  // step says what a step did, and what comes next; the originals come with the one that
  // found them.
  step(step) {
    if (step.passages?.length) {
      this.passages = step.passages;
      this.paintOriginals();
    }
    let next = words.reading;
    switch (step.name) {
      case "rewrite": if (step.text) this.did.push(say("asked", step.text)); next = say("searching", this.asked.name); break;
      case "decide": if (step.text) this.did.push(words.talked); break;
      case "retrieve": this.found = say("found", step.found || 0, this.passages.length); next = step.passages?.length ? words.reading : words.judged; break;
      case "judge": next = words.judged; break;
      case "expand": if (step.also?.length) this.did.push(say("also", step.also.join(" · "))); next = say("searching", this.asked.name); break;
      case "prompt": next = step.tokens ? say("told", step.tokens.toLocaleString("en")) : words.reading; break;
      case "second opinion": this.did.push(words.opinion); break;
      case "verify": case "generate": case "extract": return;
    }
    this.now(this.sentences.length ? say("released", this.sentences.length) : next);
    if (this.passages.length) this.hold();
  }

  // hold back is told as a count; the reason stands with the finished answer.
  withhold(held) {
    this.withheld = held.count;
    this.now(say("released", this.sentences.length));
  }

  // now writes the steps: what was done, and what is being done.
  now(what) {
    const done = [...this.did, this.found, this.withheld ? say("withheld", this.withheld) : ""].filter(Boolean);
    const first = $(".s", this.article);
    steady(() => this.status.replaceChildren(...done.map((text) => el("li", { lang: langOf(text) }, text)), el("li", { class: "now" }, what)), first, () => first);
  }

  hold() {
    this.held.lastChild.textContent = this.sentences.length ? words.checking : words.reading;
    if (!this.paragraph) this.answer.append((this.paragraph = el("p")));
    this.paragraph.append(this.held);
  }

  sentence(s) {
    for (const c of s.new || []) this.citations.set(c.n, c);
    const cites = (s.citations || []).filter((c) => typeof c === "number");
    const number = this.sentences.push(s);
    this.held.remove();
    const breaks = /^\s*\n/.test(s.piece); // as the answer's text will have it, so that nothing moves at the end
    if (!this.paragraph || (breaks && number > 1)) this.answer.append((this.paragraph = el("p")));
    const mark = s.text.match(/^(?:[-*•]|\d{1,2}[.)、])\s+/);
    if (mark) this.paragraph.classList.add("item");
    this.paragraph.append(this.span(s, number, cites, mark ? mark[0] : ""), langOf(s.text) === "en" ? " " : "");
    if (this.noted(s)) this.note(s, number);
    if (s.verdict === "unsupported") this.paragraph = null;
    this.paintOriginals();
    said.append(el("span", { lang: langOf(s.text) }, (s.verdict === "unsupported" ? words.unsupported + ": " : "") + s.text + " "));
    this.now(say("released", number));
    this.hold();
  }

  noted(s) { return Boolean(s.reason) && (s.verdict === "unsupported" || s.verdict === "unverified"); }

  span(s, number, cites, mark) {
    const why = `why-${this.key}-${number}`;
    const node = el("span", { class: "s", tabindex: "-1", "data-verdict": s.verdict, "data-number": number, "aria-describedby": this.noted(s) ? why : null });
    if (mark) node.append(el("span", { class: "bullet" }, mark.trim()), " ");
    node.append(el("span", { class: "t" }, ...inline(s, [...mark].length)));
    if (!cites.length && !this.noted(s)) return node;
    const box = el("span", { class: /[。！？；：，、]$/.test(s.text) ? "cites stop" : "cites" }, ...cites.map((n) => el("a", { class: "cite", href: `#o-${this.key}-${n}`, "data-n": n, "aria-label": say("source", n, this.citations.get(n)?.title || "") }, String(n))));
    if (s.verdict === "unsupported") box.append(el("a", { class: "mark", href: "#" + why }, words.unsupported));
    else if (this.noted(s)) box.append(el("a", { class: "mark quiet", href: "#" + why }, words.unverified));
    node.append(box);
    return node;
  }

  note(s, number) {
    const bad = s.verdict === "unsupported";
    this.answer.append(el("div", { class: "note " + (bad ? "bad" : "warn quiet"), id: `why-${this.key}-${number}` },
      el("b", {}, say(bad ? "why.unsupported" : "why.unverified", number)), " ", el("span", { lang: langOf(s.reason) }, ...this.reason(s.reason))));
  }

  // reason cuts a reason at the originals it names, so that they can be looked at.
  reason(text) {
    return text.split(/(\[\d{1,3}\])/).map((part) => {
      const n = Number(part.slice(1, -1));
      return /^\[\d+\]$/.test(part) && this.citations.has(n) ? el("a", { href: `#o-${this.key}-${n}` }, part) : part;
    });
  }

  // numbers are the citations that lie in a passage.
  numbers(p) {
    return [...this.citations.values()].filter((c) => c.document === p.document && c.revision === p.revision && p.start <= c.start && c.end <= p.end).map((c) => c.n).sort((a, b) => a - b);
  }

  paintOriginals() {
    const rows = this.passages.map((p) => ({ p, ns: this.numbers(p) }));
    rows.sort((a, b) => (a.ns[0] ?? 1e9) - (b.ns[0] ?? 1e9));
    const scroll = originals.scrollTop;
    this.group.replaceChildren(
      el("header", {}, el("h2", {}, words.originals, " ", el("span", { class: "dim" }, String(rows.length))), el("span", { class: "dim tiny clip" }, words["originals.of"]), el("span", { class: "grow" })),
      ...rows.map((r) => this.original(r.p, r.ns)));
    originals.scrollTop = scroll;
    relight();
  }

  original(p, ns) {
    const heading = p.heading || [];
    const where = [(heading[0] === p.title ? heading.slice(1) : heading).join(" › "), p.page ? say("page", p.page) : ""].filter(Boolean);
    return el("section", { class: "orig" + (ns.length ? "" : " uncited"), "data-n": ns.join(" "), id: ns.length ? `o-${this.key}-${ns[0]}` : null },
      el("h3", {}, ...(ns.length ? ns.map((n) => el("span", { class: "n" }, String(n))) : [el("span", { class: "n no" }, "–")]), el("span", { lang: langOf(p.title) }, p.title)),
      where.length ? el("p", { class: "where" }, ...where.map((w) => el("span", { lang: langOf(w) }, w))) : null,
      el("blockquote", { lang: langOf(p.text) }, ...this.lit(p, ns)),
      el("p", { class: "foot" }, el("span", { class: "src" }, p.source.split("/").pop()), el("span", { class: "ver" }, p.revision.slice(0, 6))));
  }

  // lit cuts a passage at the words its sentences stand on.
  lit(p, ns) {
    const runes = [...p.text], by = runes.map(() => []);
    this.sentences.forEach((s, i) => {
      for (const q of s.quotes || []) if (ns.includes(q.n)) for (let k = Math.max(q.start - p.start, 0); k < Math.min(q.end - p.start, runes.length); k++) by[k].push(i + 1);
    });
    const out = [];
    for (let from = 0; from < runes.length;) {
      let to = from + 1;
      while (to < runes.length && by[to].join() === by[from].join()) to++;
      const text = runes.slice(from, to).join("");
      out.push(by[from].length ? el("mark", { "data-s": by[from].join(" ") }, text) : text);
      from = to;
    }
    return out;
  }

  // done takes over the page that the server now has for this answer: its steps, its
  // verdicts, its addresses, its conversation. What is looked at stays looked at.
  async done(answer) {
    this.held.remove();
    if (!answer.conversation) return this.unrecorded(answer);
    const fresh = await page("/ask/" + encodeURIComponent(answer.trace) + "?alone");
    const article = document.adoptNode($(".turn", fresh)), group = $(".group", fresh);
    const looked = pinned && this.article.contains(pinned) ? { s: pinned.closest(".s").dataset.number, n: pinned.dataset.n } : null;
    const focused = this.article.contains(document.activeElement) ? document.activeElement.closest(".s")?.dataset.number : null;
    $("#latest")?.remove();
    article.classList.add("asked");
    steady(() => this.article.replaceWith(article), $(".s", this.article), () => $(".s", article));
    if (group) this.group.replaceWith(document.adoptNode(group));
    else this.group.replaceWith(el("p", { class: "hint" }, words["originals.none"]));
    if (looked) pinned = $(`.s[data-number="${looked.s}"] .cite[data-n="${looked.n}"]`, article);
    relight();
    if (focused) $(`.s[data-number="${focused}"]`, article)?.focus({ preventScroll: true });
    if (answer.refused) said.append(el("span", {}, answer.answer));
    this.settle(fresh, "/ask/" + (answer.conversation || answer.trace));
  }

  // unrecorded ends an answer of which the server keeps no words: what came stays, and has no address.
  unrecorded(answer) {
    this.article.removeAttribute("aria-busy");
    this.status.lastChild?.remove();
    if (answer.refused || !this.sentences.length) this.answer.replaceChildren(el("p", { lang: langOf(answer.answer) }, answer.answer));
    if (answer.notice) this.article.append(el("p", { class: "note warn notice", lang: langOf(answer.notice) }, answer.notice));
    if (answer.refused) said.append(el("span", {}, answer.answer));
  }

  // settle makes the page that of the conversation.
  settle(fresh, address) {
    for (const part of [".talk-head", "h1"]) $(part).replaceWith(document.adoptNode($(part, fresh)));
    $('[name="conversation"]', form).value = $('[name="conversation"]', fresh).value;
    if (location.pathname !== address) history.pushState(null, "", address);
    shown = address;
    document.title = fresh.title;
    for (const back of $$('input[name="back"]')) back.value = address;
    const recent = $(".rail .recent", fresh);
    if (recent) { $(".rail .recent")?.remove(); $(".rail nav").after(document.adoptNode(recent)); }
  }

  // broken ends an answer that did not come to its end. What was released stays.
  broken(head, text, hint, code, bad) {
    this.held.remove();
    this.article.removeAttribute("aria-busy");
    this.status.lastChild?.remove();
    const again = el("button", { class: "btn tight", type: "button" }, words.again);
    again.addEventListener("click", () => ask(this.question, this.asked));
    this.article.append(el("div", { class: "note " + (bad ? "bad" : "warn"), role: "alert" }, el("b", {}, head), " ", text, hint ? " " + hint : "",
      el("div", { class: "row" }, again, code ? el("span", { class: "ver" }, code) : null)));
  }
}

// events reads server-sent events from a response: [name, data] pairs.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value.replaceAll("\r", "");
    for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
      let name = "message", data = "";
      for (const line of buffer.slice(0, end).split("\n")) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("data:")) data += line.slice(5).trim();
      }
      if (data) yield [name, JSON.parse(data)];
    }
  }
}

async function ask(question, asked) {
  if (running) return;
  $(".first", turns)?.remove();
  $(".problem", turns)?.remove();
  said.replaceChildren();
  $("#problem", turns)?.remove();
  const turn = new Turn(question, asked);
  running = new AbortController();
  asking(true);
  try {
    await read(turn, running.signal);
  } catch (error) {
    if (error.name === "AbortError") turn.broken(words.stopped, words["stopped.kept"], "", "", false);
    else if (error.problem) turn.broken(turn.sentences.length ? words.partial : words.failed, sentence(error.problem.message), sentence(error.problem.hint), error.problem.code, !turn.sentences.length);
    else turn.broken(turn.sentences.length ? words.partial : words.failed, words.broken, words["broken.hint"], "", !turn.sentences.length);
  }
  running = null;
  asking(false);
}

async function read(turn, signal) {
  const response = await fetch("/api/ask", {
    method: "POST", signal,
    headers: { "Content-Type": "application/json", Accept: "text/event-stream", "Accept-Language": document.documentElement.lang },
    body: JSON.stringify({ question: turn.question, assistant: turn.asked.assistant, conversation: $('[name="conversation"]', form).value, stream: true }),
  });
  if (!response.ok) throw problem((await response.json()).error);
  for await (const [name, data] of events(response)) {
    if (name === "step") turn.step(data);
    else if (name === "sentence") turn.sentence(data);
    else if (name === "withheld") turn.withhold(data);
    else if (name === "error") throw problem(data.error);
    else if (name === "done") return turn.done(data);
  }
  throw new Error("the stream ended early");
}

function problem(p) {
  return Object.assign(new Error(p.message), { problem: p });
}

// asking turns the button into Stop and back.
function asking(now) {
  const button = $(".composer button"), key = $(".composer kbd");
  button.dataset.label ||= button.textContent;
  button.textContent = now ? words.stop : button.dataset.label;
  button.classList.toggle("main", !now);
  key.textContent = now ? "Esc" : "Enter";
}

function stop() {
  if (!running) return false;
  running.abort();
  return true;
}

if (form) {
  const box = $("#text"), whom = () => $("#assistant");
  form.addEventListener("submit", (event) => {
    if (turns.dataset.later !== undefined) return; // what comes next does not stand below these
    event.preventDefault();
    if (running) { if (!event.submitter?.classList.contains("example")) stop(); return; }
    const question = (event.submitter?.value || box.value).trim();
    if (!question) return;
    if (!event.submitter?.value) box.value = "";
    grow();
    ask(question, { assistant: whom()?.value, name: whom()?.selectedOptions[0].label || $(".talk-head b")?.textContent || "" });
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!running) form.requestSubmit();
  });
  box.addEventListener("keypress", (event) => { if (event.key === "Enter" && !event.shiftKey) event.preventDefault(); });
  const grow = () => { if (!CSS.supports("field-sizing", "content")) { box.rows = Math.min(8, box.value.split("\n").length); } };
  box.addEventListener("input", grow);
  $(".composer button").addEventListener("click", (event) => { if (running) { event.preventDefault(); stop(); } });
  whom()?.addEventListener("change", (event) => {
    const one = event.target.selectedOptions[0];
    $("#asked-size").textContent = one.dataset.documents;
    box.placeholder = say("box", one.label);
    if (!$(".turn")) location.href = "/ask?assistant=" + encodeURIComponent(one.value);
  });
  window.addEventListener("popstate", () => { if (location.pathname !== shown) location.reload(); });
  if (!phone.matches && !location.hash) box.focus({ preventScroll: true });
}

/* ---- choices that need no new page ---- */

for (const button of $$('button[name="theme"]')) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    document.documentElement.dataset.theme = button.value;
    const back = $('input[name="back"]', button.form).value;
    await fetch("/preferences", { method: "POST", redirect: "manual", body: new URLSearchParams({ theme: button.value, back }) });
  });
}

/* ---- settings: a draft beside what holds now ---- */

const settings = $("#settings");

function compare(row) {
  const held = (c) => (c.type === "checkbox" ? (c.checked ? "on" : "") : c.value);
  const known = $$("[data-live]", row); // what has several controls is changed when somebody changes one
  row.classList.toggle("chg", !known.length || known.some((c) => held(c) !== c.dataset.live));
}

if (settings?.elements.base?.value) {
  settings.addEventListener("input", (event) => { const row = event.target.closest("[data-setting]"); if (row) compare(row); });
}

// A form that takes a while says so in its button.
for (const slow of $$("form[data-busy]")) {
  const button = $("button", slow), label = [...button.childNodes];
  slow.addEventListener("submit", (event) => {
    if (button.hasAttribute("aria-busy")) { event.preventDefault(); return; }
    button.setAttribute("aria-busy", "true");
    button.replaceChildren(words[slow.dataset.busy]);
    announce(words[slow.dataset.busy]);
  });
  window.addEventListener("pageshow", () => { button.removeAttribute("aria-busy"); button.replaceChildren(...label); });
}

// A choice that leads elsewhere is made as soon as it is picked.
for (const choice of $$("select[data-now]")) choice.addEventListener("change", () => choice.form.requestSubmit());

for (const button of $$("button[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText($(button.dataset.copy).textContent);
    announce(words.copied);
    button.textContent = words.copied;
  });
}

/* ---- keys ---- */

let going = 0; // when G was pressed

function move(by) {
  const all = $$(".s");
  if (!all.length) return;
  const at = all.indexOf(document.activeElement?.closest?.(".s") || $(".s.on"));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  look(next);
}

function nextUnsupported() {
  const all = $$(".s"), at = all.indexOf(document.activeElement?.closest?.(".s") || $(".s.on"));
  look([...all.slice(at + 1), ...all.slice(0, at + 1)].find((s) => s.dataset.verdict === "unsupported"));
}

function look(sentence) {
  if (!sentence) return;
  sentence.focus({ preventScroll: true });
  sentence.scrollIntoView({ block: "nearest" });
  const cite = $(".cite", sentence);
  pinned = null;
  unlight();
  if (cite && originals) light(turnOf(sentence), cite.dataset.n, sentence);
  else sentence.classList.add("on");
}

function number(n) {
  if (!originals) return;
  const sentence = document.activeElement?.closest?.(".s") || $(".s.on");
  const turn = turnOf(sentence) || $$(".turn").pop();
  const citing = sentence && $(`.cite[data-n="${n}"]`, sentence) ? sentence : null;
  const section = light(turn, n, citing);
  if (!section) return;
  if (phone.matches) { sheet.open(n); light(turn, n, citing); } // anew, as what is not shown cannot be scrolled to
  $(".foot a", section)?.focus({ preventScroll: true });
}

function escape() {
  if ($("#keys").open) return false; // the browser closes it
  if (stop() || sheet.close()) return true;
  const open = $("details.remove[open], details.menu[open]");
  if (open) { open.open = false; $("summary", open).focus(); return true; }
  pinned = null;
  unlight();
  document.activeElement?.blur?.();
  return true;
}

const single = {
  "/": () => ($("[data-find]") || $("#text"))?.focus(),
  n: () => (location.href = $("[data-new]")?.href || "/ask"),
  a: () => $("[data-add]")?.click(),
  j: () => move(1),
  k: () => move(-1),
  u: nextUnsupported,
  b: () => { const back = $("[data-back]"); if (back) location.href = back.href; },
  "[": () => $('[rel="prev"]')?.click(),
  "]": () => $('[rel="next"]')?.click(),
  "?": () => $("#keys").showModal(),
  g: () => { going = Date.now(); },
  p: () => $("[data-pause]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape") { if (escape()) event.preventDefault(); return; }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && $("[data-save]")) { event.preventDefault(); $("[data-save]").click(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === "off" || $("#keys").open) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const key = event.key.toLowerCase();
  if (Date.now() - going < 1500 && $(`.rail [data-key="${CSS.escape(key)}"]`)) {
    going = 0;
    event.preventDefault();
    location.href = $(`.rail [data-key="${CSS.escape(key)}"]`).href;
  } else if (/^[1-9]$/.test(key)) number(key);
  else if (single[key]) { event.preventDefault(); single[key](); }
});

/* ---- a live page: the server draws its parts anew each second, while somebody looks ---- */

const live = $("[data-source]");

class Live {
  constructor(button) {
    this.button = button;
    this.paused = false;
    button.addEventListener("click", () => this.pause());
    document.addEventListener("visibilitychange", () => this.turn());
    this.turn();
  }

  // turn opens the stream while the page is looked at, and closes it else.
  turn() {
    const wanted = !this.paused && !document.hidden;
    if (wanted && !this.source) {
      this.source = new EventSource(live.dataset.source);
      this.source.addEventListener("parts", (event) => this.paint(event.data));
      this.source.onerror = () => this.stale();
    } else if (!wanted && this.source) {
      this.source.close();
      this.source = null;
    }
  }

  pause() {
    this.paused = !this.paused;
    this.button.setAttribute("aria-pressed", String(this.paused));
    this.button.firstChild.data = words[this.paused ? "live.go" : "live.pause"] + " ";
    announce(words[this.paused ? "live.paused" : "live.goes"]);
    this.turn();
  }

  // paint puts the new parts in the place of the old ones, save where somebody is at work.
  paint(html) {
    live.classList.remove("stale");
    this.heard = new Date();
    const fresh = new DOMParser().parseFromString(html, "text/html"), selected = getSelection();
    for (const part of $$("[data-part]", fresh)) {
      const old = $(`[data-part="${part.dataset.part}"]`);
      if (!old || old.innerHTML === part.innerHTML || old.contains(document.activeElement)) continue;
      if (!selected.isCollapsed && selected.containsNode(old, true)) continue;
      for (const open of $$("details[open]", old)) { const same = open.id && $("#" + open.id, part); if (same) same.open = true; }
      old.replaceChildren(...[...part.childNodes].map((node) => document.adoptNode(node)));
    }
  }

  stale() {
    if (this.source?.readyState === EventSource.CLOSED) this.source = null;
    live.classList.add("stale");
    const at = $("[data-fresh]");
    if (at && this.heard) at.textContent = say("live.stale", this.heard.toLocaleTimeString(undefined, { hour12: false }));
  }
}

if (live) new Live($("[data-pause]"));

/* ---- adding documents ---- */

const upload = $("#upload");

// An Intake sends files, two at a time, and shows how each one ends.
class Intake {
  constructor(corpus) {
    this.corpus = corpus;
    this.box = $("#intake");
    this.files = [];
    this.waiting = [];
    this.active = new Set();
    this.counts = { ready: 0, failed: 0, skipped: 0, cancelled: 0 };
    this.sent = 0;
  }

  add(files) {
    if (!files.length) { announce(words["empty.drop"]); return; }
    if (!this.active.size && !this.waiting.length) this.begin();
    this.files.push(...files);
    this.waiting.push(...files);
    for (let i = this.active.size; i < 2; i++) this.next();
    this.paint();
  }

  begin() {
    Object.assign(this, { files: [], sent: 0, started: Date.now(), counts: { ready: 0, failed: 0, skipped: 0, cancelled: 0 } });
    this.list = el("ul", { class: "coming" });
    this.amount = el("b");
    this.left = el("span", { class: "dim" });
    this.fill = el("rect", { class: "fill", height: "4", width: "0" });
    this.meter = el("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", role: "progressbar", "aria-label": words["documents.done"] }, el("rect", { class: "ground", width: "100", height: "4" }), this.fill);
    this.stages = el("ul", { class: "stages small" });
    this.stop = el("button", { class: "btn bare tight", type: "button" }, words.cancel);
    this.stop.addEventListener("click", () => (this.active.size || this.waiting.length ? this.cancel() : (this.box.hidden = true)));
    this.title = el("h2", { id: "now" }, words.coming);
    this.box.setAttribute("aria-labelledby", "now");
    this.box.replaceChildren(el("div", { class: "sec" }, this.title, el("span", { class: "right row" }, this.stop)),
      el("div", { class: "intake" }, el("div", {}, el("div", { class: "row between small" }, this.amount, this.left), this.meter), this.stages), this.list);
    this.box.hidden = false;
  }

  next() {
    const file = this.waiting.shift();
    if (!file) return;
    const state = el("span", { class: "st now" }, words.uploading), row = el("li", {}, el("span", { lang: langOf(file.source) }, file.source), state);
    this.list.prepend(row);
    const body = new FormData(), request = new XMLHttpRequest();
    body.append("file", file.file, file.source);
    file.request = request;
    this.active.add(file);
    request.open("POST", `/api/corpora/${encodeURIComponent(this.corpus)}/documents`);
    request.setRequestHeader("Accept-Language", document.documentElement.lang); // its errors and reasons, in the language of the page
    request.responseType = "json";
    request.upload.addEventListener("progress", (e) => {
      state.textContent = e.lengthComputable && e.loaded < e.total ? `${words.uploading} ${Math.floor((100 * e.loaded) / e.total)} %` : words.ingesting;
    });
    const end = (kind, reason, hint) => {
      this.active.delete(file);
      this.counts[kind]++;
      this.sent += file.file.size;
      state.className = "st " + ({ ready: "ok", failed: "bad" }[kind] || "off");
      state.textContent = { ready: words.ready, failed: words["failed.st"], skipped: words.skipped, cancelled: words.cancelled }[kind];
      if (reason) row.append(el("p", { class: "note" + (kind === "failed" ? " bad" : "") }, el("b", {}, sentence(reason)), hint ? " " + sentence(hint) : ""));
      this.next();
      this.paint();
      if (!this.active.size && !this.waiting.length) this.finish();
    };
    request.addEventListener("load", () => {
      const documents = request.response?.documents, error = request.response?.error;
      if (documents?.length) {
        const worst = documents.find((d) => d.state === "failed") || documents.find((d) => d.state === "skipped") || documents[0];
        end(worst.state, worst.reason.replace(worst.source + " ", ""), worst.hint);
      } else end("failed", error?.message || String(request.status), error?.hint);
    });
    request.addEventListener("error", () => end("failed", words.broken, ""));
    request.addEventListener("abort", () => end("cancelled"));
    request.send(body);
  }

  paint() {
    const { ready, failed, skipped, cancelled } = this.counts, done = ready + failed + skipped + cancelled, all = this.files.length;
    this.amount.textContent = say("done.of", done, all);
    this.fill.setAttribute("width", String((100 * done) / all));
    this.meter.setAttribute("aria-valuenow", String(done));
    this.meter.setAttribute("aria-valuemax", String(all));
    const bytes = this.files.reduce((sum, f) => sum + f.file.size, 0), spent = (Date.now() - this.started) / 1000;
    const seconds = this.sent ? Math.ceil((spent * (bytes - this.sent)) / this.sent) : 0;
    this.left.textContent = done < all && seconds > 1 ? say("left", seconds < 90 ? say("seconds", seconds) : say("minutes", Math.round(seconds / 60))) : "";
    const count = (n, word, kind) => (n ? el("li", {}, el("span", { class: kind ? "st " + kind : "dim" }, word), " " + n) : null);
    this.stages.replaceChildren(...[count(ready, words.ready, "ok"), count(failed, words["failed.st"], "bad"), count(skipped, words.skipped, "off"),
      count(this.active.size, words.ingesting, "now"), count(this.waiting.length, words.waiting, "")].filter(Boolean));
  }

  cancel() {
    this.counts.cancelled += this.waiting.length;
    this.waiting = [];
    for (const file of [...this.active]) file.request.abort();
  }

  async finish() {
    this.title.textContent = words.came;
    this.stop.textContent = words.show;
    announce(say("done.of", this.counts.ready, this.files.length));
    const fresh = await page(location.href);
    for (const part of ["#documents", ".lede"]) $(part).replaceWith(document.adoptNode($(part, fresh)));
    $(".rail nav").replaceWith(document.adoptNode($(".rail nav", fresh)));
  }
}

// entries walks what was dropped, folders too; each file has its path as source.
async function entries(transfer) {
  const roots = [...transfer.items].map((i) => i.webkitGetAsEntry?.()).filter(Boolean), out = [];
  const walk = async (entry) => {
    if (entry.isFile) {
      const file = await new Promise((yes, no) => entry.file(yes, no));
      out.push({ file, source: entry.fullPath.replace(/^\//, "") });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((yes, no) => reader.readEntries(yes, no));
      if (!some.length) return;
      for (const child of some) if (!child.name.startsWith(".")) await walk(child);
    }
  };
  if (!roots.length) return [...transfer.files].map((file) => ({ file, source: file.name }));
  for (const root of roots) await walk(root);
  return out;
}

if (upload) {
  const intake = new Intake(upload.dataset.corpus), input = $("#files");
  $("[data-add]").addEventListener("click", (event) => { event.preventDefault(); input.click(); });
  input.addEventListener("change", () => {
    intake.add([...input.files].map((file) => ({ file, source: file.webkitRelativePath || file.name })));
    input.value = "";
  });
  let over = null;
  const files = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  const leave = () => { over?.remove(); over = null; };
  document.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    if (!over) document.body.append((over = el("div", { class: "dropping" }, say("drop", intake.corpus))));
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) leave(); });
  document.addEventListener("drop", async (event) => {
    if (!files(event)) return;
    event.preventDefault();
    leave();
    intake.add(await entries(event.dataTransfer));
  });
}

/* ---- judging: places by number, and a draft that stays ---- */

const judge = $("[data-judge]");

class Judging {
  constructor() {
    this.answers = $$("[data-answer]", judge);
    document.addEventListener("keydown", (event) => this.key(event), true);
    if ("draft" in judge.dataset) judge.addEventListener("input", () => { clearTimeout(this.timer); this.dirty = true; this.timer = setTimeout(() => this.keep(), 800); });
    judge.addEventListener("submit", () => { clearTimeout(this.timer); this.dirty = false; });
    window.addEventListener("pagehide", () => { if (this.dirty) navigator.sendBeacon(judge.action, this.draft()); });
    if (!phone.matches) (this.answers[0] || $("textarea", judge)).focus({ preventScroll: true });
  }

  draft() {
    const body = new URLSearchParams(new FormData(judge));
    body.set("do", "draft");
    return body;
  }

  async keep() {
    this.dirty = false;
    const reply = await fetch(judge.action, { method: "POST", body: this.draft(), redirect: "manual" }).catch(() => null);
    if (reply?.type === "opaqueredirect" || reply?.ok) $("[data-kept]", judge).textContent = words["draft.kept"];
    else this.dirty = true; // it is tried again when more is written, or the page is left
  }

  at() { return this.answers.indexOf(document.activeElement?.closest?.("[data-answer]")); }

  go(n) {
    const answer = this.answers[(n + this.answers.length) % this.answers.length];
    answer.focus({ preventScroll: true });
    answer.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === "off" || $("#keys").open || !this.answers.length) return;
    if (event.target.closest("input:not([type=radio]), textarea, select") || Date.now() - going < 1500) return;
    const key = event.key.toLowerCase(), at = this.at();
    if (key === "j") this.go(at + 1);
    else if (key === "k") this.go(Math.max(at, 0) - 1);
    else if (key === "u") { const left = this.answers.findIndex((a) => !$("input:checked", a)); if (left >= 0) this.go(left); }
    else if (/^[1-8]$/.test(key) && at >= 0) {
      const place = $(`input[value="${key}"]`, this.answers[at]);
      if (!place) return;
      place.checked = true;
      place.dispatchEvent(new Event("input", { bubbles: true }));
    } else return;
    event.preventDefault();
  }
}

if (judge) new Judging();

/* ---- arriving at lit words, or at a sentence ---- */

if (location.hash === "#lit") $("#lit")?.scrollIntoView({ block: "center" });
const arrived = location.hash.startsWith("#s-") && document.getElementById(location.hash.slice(1));
if (arrived) look(arrived);
