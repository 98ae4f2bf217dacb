// Streaming for the public page. Without this script the form posts and the page comes back
// with the answer; with it sentences appear as they are released, and the server's own
// rendering takes their place when all are there.
const words = JSON.parse(document.getElementById("words").textContent);
const t = (name, ...args) => args.reduce((s, a) => s.replace("%s", a), words[name]);
const form = document.getElementById("question"), turns = document.getElementById("turns"), said = document.getElementById("said");
const text = form.elements.question, button = form.querySelector("button");
const tagOf = (s) => ((s.match(/\p{Script=Han}/gu) || []).length * 4 > s.length ? "zh-Hans" : "en");
const el = (name, attrs, ...children) => {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attrs)) e.setAttribute(k, v);
  e.append(...children);
  return e;
};
let running = null;

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const name = part.match(/^event: ?(.*)$/m)?.[1], data = part.match(/^data: ?(.*)$/m)?.[1];
      if (data) yield { name, data: JSON.parse(data) };
    }
  }
}

async function ask(question) {
  const stop = (running = new AbortController());
  const body = el("div", { class: "answer" }), now = el("p", { class: "now", role: "status" }, t("looking"));
  const article = el("article", { class: "turn" }, el("h2", { class: "q", lang: tagOf(question) }, question), body, now);
  const note = (bold, rest) => article.append(el("p", { class: "note bad", role: "alert" }, el("b", {}, bold), " ", rest));
  document.querySelector(".problem")?.remove();
  turns.append(article);
  article.scrollIntoView({ block: "start" });
  button.textContent = t("stop");
  let p = null, end = "", over = false;
  try {
    const r = await fetch(form.action, { method: "POST", signal: stop.signal, headers: { Accept: "text/event-stream", "Accept-Language": document.documentElement.lang },
      body: new URLSearchParams({ question, conversation: form.elements.conversation.value }) });
    if (!r.ok) {
      const { error } = await r.json(), wait = r.status === 429 && r.headers.get("Retry-After");
      note(error.message + (tagOf(error.message) === "en" ? "." : "。"), wait ? t("wait", wait) : error.hint);
      if (r.status === 409 || (r.status === 404 && form.elements.conversation.value)) form.elements.conversation.value = "";
      over = true;
    } else for await (const { name, data } of events(r.body)) {
      if (name === "sentence") {
        if (!p || data.break) body.append((p = el("p", {})));
        else if (!/[\u3000-\u303f\uff00-\uffef]$/.test(end)) p.append(" ");
        const noted = data.reason && (data.verdict === "unsupported" || data.verdict === "unverified");
        const s = el("span", { class: "s", "data-verdict": data.verdict }, el("span", { class: "t" }, data.text));
        for (const n of data.citations) s.append(el("span", { class: "cite" }, String(n)));
        if (noted) s.append(el("span", { class: data.verdict === "unsupported" ? "mark" : "mark quiet" }, t(data.verdict)));
        p.append(s);
        end = data.text;
        body.lang = said.lang = tagOf(body.textContent);
        said.textContent = (noted ? t(data.verdict) + ": " : "") + data.text;
        now.textContent = t("checking");
      }
      if (name === "error") { note(data.error.message + (tagOf(data.error.message) === "en" ? "." : "。"), data.error.hint); over = true; }
      if (name === "done") {
        over = true;
        await settle(data.conversation, article);
        if (data.guarded && !data.refused) article.append(el("p", { class: "note warn" }, t("ended")));
        const instead = data.answer || (data.refused && t("refused"));
        if (!data.conversation && instead && !body.textContent) body.append(el("p", { lang: tagOf(instead) }, instead));
        if (!data.conversation && data.notice) article.append(el("p", { class: "note warn", lang: tagOf(data.notice) }, data.notice));
        said.textContent = data.answer || (data.refused && turns.lastElementChild.querySelector(".answer")?.textContent) || t("answered");
      }
    }
    if (!over) throw new Error("cut off");
  } catch {
    if (stop.signal.aborted) article.append(el("p", { class: "note warn" }, t("stopped")));
    else if (!over) note(t("lost"), t("lost.how"));
  }
  now.remove();
  if (running === stop) { running = null; button.textContent = t("ask"); }
}

// settle puts the server's rendering of the newest turn in the place of what was streamed.
async function settle(conversation, article) {
  form.elements.conversation.value = conversation ?? "";
  if (!conversation) return; // nothing is recorded: what was streamed stays
  const address = new URL(form.action);
  address.searchParams.set("c", conversation);
  const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
  const whole = [...page.querySelectorAll(".turn")].pop();
  if (!whole) return;
  article.replaceWith(whole);
  document.querySelector(".lede")?.remove();
  document.querySelector("header nav").replaceWith(page.querySelector("header nav"));
  history.replaceState(null, "", address);
}

form.addEventListener("submit", (e) => {
  e.preventDefault();
  if (running) return running.abort();
  const question = text.value.trim();
  if (!question) return text.focus();
  text.value = "";
  ask(question);
});
text.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); if (!running) form.requestSubmit(); }
  if (e.key === "Escape" && running) running.abort();
});
