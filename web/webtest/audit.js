// A list of what is wrong with the page for somebody who reads it with a screen reader, a
// keyboard, a thumb or a narrow screen. Contrast is checked where colours are named.
(() => {
  const faults = [], all = (s) => [...document.querySelectorAll(s)];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0 && !e.closest(".sr");
  const where = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 140);
  const fault = (text, e) => faults.push(text + (e ? ": " + where(e) : ""));
  const name = (e) => {
    const by = e.getAttribute("aria-labelledby");
    if (by) return by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
    return (e.getAttribute("aria-label") || [...(e.labels || [])].map((l) => l.textContent).join(" ") || e.textContent || e.getAttribute("title") || "").trim();
  };

  if (!/^(en|zh-Hans)$/.test(document.documentElement.lang)) fault("the page has no language");
  if (!document.title.trim()) fault("the page has no title");
  const h1 = all("h1");
  if (h1.length !== 1) fault(`${h1.length} h1 on the page`);
  if (all("main").length !== 1) fault("not exactly one main");
  if (!document.querySelector("header") || !document.querySelector("nav")) fault("a landmark is missing");
  const named = all("nav, aside, [role=region]").filter(shown);
  for (const e of named) if (!e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")) fault("a landmark without a name", e);
  const skip = document.querySelector("a.skip");
  if (!skip || !document.querySelector(skip.hash)) fault("no link to the content");

  let last = 0;
  for (const h of all("main h1, main h2, main h3, main h4")) {
    if (!h.checkVisibility() || h.closest(".paper, [hidden]")) continue;
    const level = Number(h.tagName[1]);
    if (level > last + 1) fault(`a heading leaps from ${last} to ${level}`, h);
    last = level;
    if (!h.textContent.trim()) fault("an empty heading", h);
  }

  const ids = new Set();
  for (const e of all("[id]")) { if (ids.has(e.id)) fault("an identifier twice", e); ids.add(e.id); }
  for (const e of all("[aria-labelledby], [aria-describedby], [aria-controls]"))
    for (const attr of ["aria-labelledby", "aria-describedby", "aria-controls"])
      for (const id of (e.getAttribute(attr) || "").split(" ").filter(Boolean)) if (!ids.has(id)) fault(`${attr} leads nowhere`, e);
  for (const e of all("label[for]")) if (!ids.has(e.htmlFor)) fault("a label for nothing", e);
  for (const e of all('a[href^="#"]')) if (e.hash.length > 1 && !ids.has(decodeURIComponent(e.hash.slice(1)))) fault("a link to no place on the page", e);

  for (const e of all("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!name(e) && shown(e)) fault("a control without a name", e);
    if (e.disabled && shown(e) && !e.getAttribute("aria-describedby") && e.tagName === "BUTTON") fault("a disabled button without its reason", e);
  }
  for (const e of all("img, svg, [role=img]")) if (!e.getAttribute("alt") && e.getAttribute("aria-hidden") !== "true" && !e.getAttribute("aria-label")) fault("a picture without words", e);
  for (const e of all("table")) if (!e.querySelector("th") && !e.closest(".paper")) fault("a table without heads", e);
  for (const e of all("[style]")) fault("a style attribute", e);
  for (const e of all("[lang]")) if (!/^(en|zh-Hans)$/.test(e.lang)) fault("an odd language", e);
  for (const e of all("dl")) for (const c of e.children) if (!/^(DT|DD|DIV)$/.test(c.tagName)) fault("a stranger in a list of terms", c);
  for (const e of all("ul, ol")) for (const c of e.children) if (c.tagName !== "LI") fault("a stranger in a list", c);
  for (const e of all("a a, a button, button a, button button, label label")) fault("a control inside a control", e);

  // Chinese words outside of a Chinese language, where a reader would mispronounce them.
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walk.nextNode());) {
    const e = n.parentElement;
    if (e.closest("script, option") || !/\p{Script=Han}{4}/u.test(n.data)) continue;
    if (e.closest(".orig blockquote, .paper, .answer, textarea, pre, .diff")) continue; // a text in two languages has the one it has most of
    if (!e.closest("[lang]").lang.startsWith("zh")) fault("Chinese text without its language: " + n.data.trim().slice(0, 30), e);
  }

  // WCAG 2.2: a target has 24 px each way, or the white around it, or stands in a line of text.
  const targets = all("a[href], button, input:not([type=hidden]), select, summary").filter(shown);
  for (const e of targets) {
    const r = (e.closest("label") || e).getBoundingClientRect(), display = getComputedStyle(e).display;
    if (r.height >= 24 && r.width >= 24) continue;
    if (display === "inline" && e.closest("p, li, td, blockquote, .note, dd, .crumb")) continue;
    const after = getComputedStyle(e, "::after");
    if (after.position === "absolute" && parseFloat(after.height) >= 24 && parseFloat(after.width) >= 24) continue;
    const c = [r.left + r.width / 2, r.top + r.height / 2];
    const near = targets.some((o) => { if (o === e) return false; const q = o.getBoundingClientRect(); return c[0] > q.left - 12 && c[0] < q.right + 12 && c[1] > q.top - 12 && c[1] < q.bottom + 12; });
    if (near) fault(`a target of ${Math.round(r.width)} by ${Math.round(r.height)} px, crowded`, e);
  }

  // Focus must be seen: the outline of what can be focused is there once it is.
  const before = document.activeElement;
  for (const e of targets.slice(0, 60)) {
    e.focus({ preventScroll: true });
    if (document.activeElement !== e) continue;
    const s = getComputedStyle(e);
    if (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) fault("focus cannot be seen", e);
  }
  before?.focus?.({ preventScroll: true });

  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) {
    fault(`the page scrolls sideways by ${wide} px`);
    for (const e of all("main *")) { const r = e.getBoundingClientRect(); if (r.right > innerWidth + 1 && shown(e) && !e.closest(".scroll, pre, .seg")) { fault("reaches out of the page", e); break; } }
  }
  return faults;
})()
