// The widget: an assistant on somebody else's page. Everything lives in a shadow tree, so that
// neither page changes the other; styles come as a sheet made by script, which a page's policy
// for styles does not forbid. Nothing is asked of the server before somebody opens the panel.
(() => {
  "use strict";
  const me = document.currentScript;
  const key = me?.dataset.key;
  if (!key || document.getElementById("wenyuan")) return;
  const words = "WORDS";
  const asked = me.dataset.lang || document.documentElement.lang;
  let lang = (asked || navigator.language).toLowerCase().startsWith("zh") ? "zh" : "en";
  const t = (name, ...args) => args.reduce((s, a) => s.replace("%s", a), words[lang][name]);
  const tagOf = (text) => (text.match(/\p{Script=Han}/gu) || []).length * 4 > text.length ? "zh-Hans" : "en";
  const el = (name, props, ...children) => {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(props || {})) {
      if (k === "on") for (const [type, f] of Object.entries(v)) e.addEventListener(type, f);
      else if (k in e && k !== "lang" && typeof v !== "string") e[k] = v;
      else if (v !== undefined) e.setAttribute(k === "className" ? "class" : k, v);
    }
    e.append(...children.filter((c) => c !== undefined && c !== null && c !== ""));
    return e;
  };

  // What the tab remembers: who asks, in which conversation, and what was answered.
  const place = "wenyuan " + key.slice(-8);
  let kept = { turns: [] };
  try { kept = JSON.parse(sessionStorage.getItem(place)) || kept; } catch { /* a page may forbid it; then nothing outlives the page */ }
  const keep = () => { try { sessionStorage.setItem(place, JSON.stringify({ ...kept, turns: kept.turns.slice(-10) })); } catch { /* as above */ } };

  const host = el("div", { id: "wenyuan" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("STYLE");
  root.adoptedStyleSheets = [sheet];

  // Dark where the page is: a page that says nothing is light, whatever the system is.
  const night = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const scheme = me.dataset.theme || getComputedStyle(document.documentElement).colorScheme;
    host.dataset.theme = /dark/.test(scheme) && (!/light/.test(scheme) || night.matches) ? "dark" : "light";
  };
  night.addEventListener("change", paint);

  const launch = el("button", { className: "launch", type: "button", "aria-expanded": "false", on: { click: () => open() } });
  const title = el("h2", { className: "grow", id: "title" });
  const fresh = el("button", { className: "btn bare", type: "button", on: { click: () => begin() } });
  const close = el("button", { className: "btn bare", type: "button", on: { click: () => shut() } });
  const notice = el("p", { className: "notice", id: "notice" });
  const log = el("div", { className: "log", tabIndex: 0, role: "region" });
  const said = el("p", { className: "sr", "aria-live": "polite" });
  const label = el("label", { className: "sr", for: "text" });
  const text = el("textarea", { id: "text", rows: "2", maxlength: "1000", "aria-describedby": "notice" });
  const send = el("button", { className: "btn main" });
  const form = el("form", {}, label, el("div", { className: "box" }, text, send));
  const panel = el("section", { className: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
    el("header", {}, title, fresh, close), notice, log, said, form);
  root.append(launch, panel);

  let about = {}, running = null;
  const speak = () => {
    host.lang = lang === "zh" ? "zh-Hans" : "en";
    launch.textContent = t("ask");
    send.textContent = t(running ? "stop" : "ask");
    title.textContent = about.title || t("title");
    title.lang = tagOf(title.textContent);
    fresh.textContent = t("new");
    close.textContent = t("close");
    notice.textContent = about.notice || t("notice");
    notice.lang = tagOf(notice.textContent);
    label.textContent = text.placeholder = t("question");
    log.setAttribute("aria-label", title.textContent);
    if (!kept.turns.length && !running) log.replaceChildren(el("p", { className: "dim" }, t("how")));
  };

  // A sentence may carry `code` and **bold**; anything else stands as it is.
  const inline = (s) => s.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((p) =>
    /^`.+`$/.test(p) ? el("code", {}, p.slice(1, -1)) : /^\*\*.+\*\*$/.test(p) ? el("b", {}, p.slice(2, -2)) : p);

  // A turn on the page: sentences go in one by one.
  let count = 0;
  const turn = (question) => {
    const n = ++count, body = el("div", { className: "answer" }), verdicts = el("p", { className: "verdicts" });
    const list = el("section", { className: "origs", "aria-label": t("originals"), hidden: true }, el("h3", {}, t("originals")));
    const article = el("article", { className: "turn", "aria-labelledby": "q" + n }, el("h2", { className: "q", id: "q" + n, lang: tagOf(question) }, question), body, verdicts, list);
    const tally = { supported: 0, unsupported: 0, unverified: 0 };
    const originals = {};
    let p = null, number = 0;
    const original = (c) => {
      const where = [...c.heading.filter((h) => h !== c.title), ...(c.page ? [t("page", c.page)] : [])].join(" › ");
      originals[c.n] = el("details", { className: "orig" },
        el("summary", {}, el("span", { className: "n" }, String(c.n)), el("span", { lang: tagOf(c.title) }, c.title)),
        where && el("p", { className: "where", lang: tagOf(where) }, where), el("blockquote", { lang: tagOf(c.quote) }, c.quote));
      originals[c.n].dataset.title = c.title;
      list.append(originals[c.n]);
      list.hidden = false;
    };
    const cite = (c) => el("button", { className: "cite", type: "button", "aria-label": t("source", c, originals[c]?.dataset.title ?? ""), on: { click: () => {
      const o = originals[c];
      if (!o) return;
      list.querySelectorAll(".lit").forEach((e) => e.classList.remove("lit"));
      o.open = true;
      o.classList.add("lit");
      o.querySelector("summary").focus({ preventScroll: true });
      o.scrollIntoView({ block: "nearest" });
    } } }, String(c));
    return {
      article,
      sentence(s) {
        s.new.forEach(original);
        body.lang = tagOf(body.textContent + s.text);
        const fence = s.text.match(/^\s*(```|~~~)[^\n]*\n([\s\S]*?)\n?\s*(```|~~~)?\s*$/);
        const bad = s.verdict === "unsupported", noted = s.reason && (bad || s.verdict === "unverified"), why = `why${n}-${++number}`;
        const marks = [...s.citations.map(cite), noted && el("span", { className: bad ? "mark" : "mark quiet" }, t(s.verdict))].filter(Boolean);
        if (fence) {
          body.append(el("pre", {}, el("code", {}, fence[2])));
          p = null;
          if (marks.length) body.append(el("p", {}, ...marks));
        } else {
          const item = s.text.match(/^(?:[-*•]|\d{1,2}[.)、])\s+/);
          if (!p || s.break || item) body.append(p = el("p", item ? { className: "item" } : {}));
          const span = el("span", { className: "s", "data-verdict": s.verdict, "aria-describedby": noted ? why : undefined }, el("span", { className: "t" }, ...inline(s.text.replace(/^#{1,6} /, ""))), ...marks);
          if (p.childNodes.length && !/[\u3000-\u303f\uff00-\uffef\p{Script=Han}]$/u.test(p.dataset.end || "")) p.append(" ");
          p.dataset.end = s.text.slice(-1);
          p.append(span);
        }
        if (noted) body.append(el("p", { className: bad ? "note bad" : "note warn", id: why }, el("b", {}, t(s.verdict)), " ", el("span", { lang: tagOf(s.reason) }, s.reason)));
        if (noted && bad) p = null;
        if (s.verdict in tally) tally[s.verdict]++;
        said.lang = body.lang;
        return (noted ? t(s.verdict) + ": " : "") + s.text;
      },
      // A later sentence may quote more of an original than the first one did.
      whole(all) { all.forEach((c) => { const q = originals[c.n]?.querySelector("blockquote"); if (q && q.textContent !== c.quote) q.textContent = c.quote; }); },
      conflict(sides) { article.insertBefore(el("p", { className: "note warn" }, t("conflict", ...sides)), verdicts); },
      tell(text) { body.lang = tagOf(text); body.append(el("p", {}, text)); },
      note(bold, rest) { article.insertBefore(el("p", { className: "note bad", role: "alert" }, el("b", {}, bold), " ", rest), verdicts); },
      withheld(k) { article.querySelector(".held")?.remove(); article.insertBefore(el("p", { className: "note warn held" }, t("withheld", k)), verdicts); },
      end() {
        for (const [name, state, word] of [["supported", "ok", "supported"], ["unsupported", "bad", "n.bad"], ["unverified", "warn", "n.warn"]])
          if (tally[name]) verdicts.append(el("span", { className: "st " + state }, t(word, tally[name])));
      },
    };
  };

  const show = (k) => {
    const view = turn(k.question);
    k.sentences.forEach((s) => view.sentence(s));
    view.whole(k.citations || []);
    (k.conflicts || []).forEach(view.conflict);
    if (k.told) view.tell(k.told);
    if (k.withheld) view.withheld(k.withheld);
    view.end();
    return view.article;
  };

  const call = (path, init) => fetch(new URL(path, me.src), { mode: "cors", credentials: "omit", referrerPolicy: "no-referrer", ...init,
    headers: { Authorization: "Bearer " + key, "Accept-Language": lang, ...init?.headers } });

  const open = () => {
    paint();
    panel.hidden = false;
    launch.hidden = true;
    launch.setAttribute("aria-expanded", "true");
    speak();
    if (kept.turns.length && !log.querySelector(".turn")) { log.replaceChildren(...kept.turns.map(show)); log.scrollTop = log.scrollHeight; }
    text.focus();
    if (!about.asked) call("api/channel/about").then((r) => (r.ok ? r.json() : {})).then((a) => {
      about = { ...a, asked: true };
      if (!asked && a.lang) lang = a.lang;
      speak();
    }, () => {});
  };
  const shut = () => { running?.abort(); panel.hidden = true; launch.hidden = false; launch.setAttribute("aria-expanded", "false"); launch.focus(); };
  const begin = () => { running?.abort(); running = null; kept = { visitor: kept.visitor, turns: [] }; keep(); log.replaceChildren(); speak(); text.focus(); };

  // events reads the events of a stream one by one.
  async function* events(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const e = { name: "", data: "" };
        for (const line of part.split("\n")) {
          if (line.startsWith("event:")) e.name = line.slice(6).trim();
          if (line.startsWith("data:")) e.data += line.slice(5).trim();
        }
        if (e.data) yield { name: e.name, data: JSON.parse(e.data) };
      }
    }
  }

  const ask = async (question) => {
    const stop = (running = new AbortController());
    const mine = kept, view = turn(question), k = { question, sentences: [] };
    const now = el("p", { className: "now", role: "status" }, t("looking"));
    if (!log.querySelector(".turn")) log.replaceChildren();
    log.append(view.article);
    view.article.append(now);
    view.article.scrollIntoView({ block: "start" });
    send.textContent = t("stop");
    let over = false;
    try {
      const r = await call("api/channel/ask", { method: "POST", signal: stop.signal, headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ question, visitor: mine.visitor, conversation: mine.conversation }) });
      if (!r.ok) {
        const { error } = await r.json();
        const wait = r.status === 429 && r.headers.get("Retry-After");
        view.note(error.message + (lang === "zh" ? "。" : "."), wait ? t("wait", wait) : error.hint);
        over = true;
        if (mine.conversation && (r.status === 404 || r.status === 409)) { delete mine.conversation; keep(); }
      } else for await (const e of events(r.body)) {
        if (e.name === "sentence") { k.sentences.push(e.data); said.textContent = view.sentence(e.data); now.textContent = t("checking"); }
        if (e.name === "withheld") view.withheld((k.withheld = e.data.count));
        if (e.name === "error") { view.note(e.data.error.message + (lang === "zh" ? "。" : "."), e.data.error.hint); over = true; }
        if (e.name === "done") {
          over = true;
          view.whole((k.citations = e.data.citations));
          (k.conflicts = e.data.conflicts || []).forEach(view.conflict);
          if (e.data.refused && !e.data.answer) e.data.answer = words[tagOf(question) === "en" ? "en" : "zh"].refused;
          if (e.data.guarded && !e.data.refused) view.note(words[tagOf(question) === "en" ? "en" : "zh"].ended);
          if (e.data.answer) { view.tell((k.told = e.data.answer)); said.textContent = e.data.answer; }
          mine.visitor = e.data.visitor;
          mine.conversation = e.data.conversation;
          mine.turns.push(k);
          if (mine === kept) keep();
        }
      }
      if (!over) throw new Error("cut off");
    } catch {
      if (stop.signal.aborted) view.article.append(el("p", { className: "note warn" }, t("stopped")));
      else view.note(t("lost"), t("lost.how"));
    }
    now.remove();
    view.end();
    if (running === stop) { running = null; send.textContent = t("ask"); }
  };

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
  });
  panel.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.isComposing) return;
    e.stopPropagation();
    running ? running.abort() : shut();
  });

  const put = () => { paint(); speak(); document.body.append(host); };
  document.body ? put() : addEventListener("DOMContentLoaded", put, { once: true });
})();
